"""Units and currencies under the names that English texts give them."""

from __future__ import annotations

# symbol: other spellings, all in lower case; symbols are matched in their own case first.
_UNITS = {
    "km": "kilometre kilometres kilometer kilometers kms",
    "m": "metre metres meter meters",
    "cm": "centimetre centimetres centimeter centimeters",
    "mm": "millimetre millimetres millimeter millimeters",
    "mi": "mile miles",
    "yd": "yard yards yds",
    "ft": "foot feet",
    "in": "inch inches",
    "nmi": "nautical_mile nautical_miles",
    "km²": "km2 sq_km square_kilometre square_kilometres square_kilometer square_kilometers",
    "m²": "m2 sq_m square_metre square_metres square_meter square_meters",
    "mi²": "mi2 sq_mi square_mile square_miles",
    "ft²": "ft2 sq_ft square_foot square_feet",
    "m³": "m3 cubic_metre cubic_metres cubic_meter cubic_meters",
    "ha": "hectare hectares",
    "acre": "acres ac",
    "kg": "kilogram kilograms kilogramme kilogrammes kgs",
    "g": "gram grams gramme grammes",
    "mg": "milligram milligrams milligramme milligrammes",
    "µg": "μg mcg microgram micrograms",
    "mg/kg": "",
    "mg/ml": "",
    "IU": "international_units international_unit",
    "ml": "millilitre millilitres milliliter milliliters",
    "t": "tonne tonnes metric_ton metric_tons",
    "ton": "tons",
    "lb": "lbs",
    "oz": "ounce ounces",
    "L": "l litre litres liter liters",
    "s": "second seconds sec secs",
    "min": "minute minutes mins",
    "h": "hour hours hr hrs",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "year": "years yr yrs",
    "decade": "decades",
    "century": "centuries",
    "km/h": "kph kmh kilometres_per_hour kilometers_per_hour",
    "mph": "mi/h miles_per_hour",
    "m/s": "metres_per_second meters_per_second",
    "kn": "knot knots kt kts",
    "rpm": "",
    "°C": "° c|°c|degrees_celsius",
    "°F": "° f|°f|degrees_fahrenheit",
    "°": "degree degrees",
    "Hz": "hertz",
    "kHz": "kilohertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "W": "watt watts",
    "kW": "kilowatt kilowatts",
    "MW": "megawatt megawatts",
    "GW": "gigawatt gigawatts",
    "kWh": "kilowatt_hours kilowatt_hour",
    "MWh": "megawatt_hours megawatt_hour",
    "GWh": "gigawatt_hours gigawatt_hour",
    "MB": "megabyte megabytes",
    "GB": "gigabyte gigabytes",
    "TB": "terabyte terabytes",
    "hp": "horsepower bhp",
    "%": "percent per_cent",
    "people": "persons person",
}
CURRENCIES = {
    "us$": "USD", "usd": "USD", "u.s.$": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP",
    "$": "$", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "nz$": "NZD",
    "r$": "BRL", "¥": "¥", "₹": "INR", "₽": "RUB", "₩": "KRW", "chf": "CHF", "jpy": "JPY",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "isk": "ISK", "pln": "PLN", "czk": "CZK",
    "huf": "HUF", "cad": "CAD", "aud": "AUD", "nzd": "NZD", "sgd": "SGD", "hkd": "HKD",
    "cny": "CNY", "krw": "KRW", "inr": "INR", "zar": "ZAR", "mxn": "MXN", "brl": "BRL",
    "try": "TRY", "ils": "ILS", "aed": "AED", "ngn": "NGN", "kes": "KES", "s$": "SGD",
}  # fmt: skip
_MONEY = {
    "USD": "us_dollars us_dollar u.s._dollars usd",
    "EUR": "euro euros eur",
    "GBP": "pounds_sterling pound_sterling gbp",
    "$": "dollar dollars",
    "JPY": "yen jpy",
    "SEK": "swedish_kronor swedish_krona sek",
    "NOK": "norwegian_kroner norwegian_krone nok",
    "DKK": "danish_kroner danish_krone dkk",
    "PLN": "zloty zlotys pln",
    "CZK": "czech_koruna czk",
    "CAD": "canadian_dollars cad",
    "AUD": "australian_dollars aud",
    "INR": "rupees rupee",
    "RUB": "roubles rubles rouble ruble",
    "CHF": "swiss_francs chf",
    "cent": "cents",
}


def _spellings(table: dict[str, str]) -> dict[str, str]:
    names = {}
    for symbol, spellings in table.items():
        names[symbol.lower()] = symbol
        names |= {
            name.replace("_", " "): symbol
            for name in (spellings.split("|") if "|" in spellings else spellings.split())
        }
    return names


UNITS = _spellings(_UNITS) | _spellings(_MONEY)
# Letters that mean something else in capitals: "5 M" is no length.
SYMBOLS = frozenset(_UNITS)
