"""Nationality words and the countries that they mean: "Norwegian" means Norway.

One list for whoever reads them in a text. Adjectives and nouns for people, in the singular; the
plural in -s and "-men", "-women" follow from them.
"""

from __future__ import annotations

from functools import cache

# Country: its words. Those with a star name a language as well.
_COUNTRIES = """
Afghanistan: Afghan
Albania: Albanian*
Algeria: Algerian
Andorra: Andorran
Angola: Angolan
Antigua and Barbuda: Antiguan, Barbudan
Argentina: Argentine, Argentinian, Argentinean
Armenia: Armenian*
Australia: Australian, Aussie
Austria: Austrian
Azerbaijan: Azerbaijani*, Azeri*
Bahamas: Bahamian
Bahrain: Bahraini
Bangladesh: Bangladeshi
Barbados: Barbadian, Bajan
Belarus: Belarusian*, Belarussian*, Byelorussian
Belgium: Belgian
Belize: Belizean
Benin: Beninese
Bhutan: Bhutanese
Bolivia: Bolivian
Bosnia and Herzegovina: Bosnian*, Herzegovinian
Botswana: Botswanan, Motswana
Brazil: Brazilian
Brunei: Bruneian
Bulgaria: Bulgarian*
Burkina Faso: Burkinabe, Burkinabé
Burundi: Burundian
Cambodia: Cambodian
Cameroon: Cameroonian
Canada: Canadian
Cape Verde: Cape Verdean
Central African Republic: Central African
Chad: Chadian
Chile: Chilean
China: Chinese*
Colombia: Colombian
Comoros: Comorian
Democratic Republic of the Congo: Congolese
Costa Rica: Costa Rican
Croatia: Croatian*, Croat
Cuba: Cuban
Cyprus: Cypriot
Czech Republic: Czech*
Denmark: Danish*, Dane
Djibouti: Djiboutian
Dominica: Dominican
Dominican Republic: Dominican
Timor-Leste: Timorese
Ecuador: Ecuadorian, Ecuadorean
Egypt: Egyptian
El Salvador: Salvadoran, Salvadorian
Equatorial Guinea: Equatoguinean
Eritrea: Eritrean
Estonia: Estonian*
Eswatini: Swazi*
Ethiopia: Ethiopian
Fiji: Fijian*
Finland: Finnish*, Finn
France: French*, Frenchman, Frenchwoman
Gabon: Gabonese
Gambia: Gambian
Georgia: Georgian*
Germany: German*
Ghana: Ghanaian
Greece: Greek*
Grenada: Grenadian
Guatemala: Guatemalan
Guinea: Guinean
Guinea-Bissau: Bissau-Guinean
Guyana: Guyanese
Haiti: Haitian
Honduras: Honduran
Hungary: Hungarian*
Iceland: Icelandic*, Icelander
India: Indian
Indonesia: Indonesian*
Iran: Iranian
Iraq: Iraqi
Ireland: Irish*, Irishman, Irishwoman
Israel: Israeli
Italy: Italian*
Ivory Coast: Ivorian
Jamaica: Jamaican
Japan: Japanese*
Jordan: Jordanian
Kazakhstan: Kazakh*, Kazakhstani
Kenya: Kenyan
Kiribati: I-Kiribati
Kosovo: Kosovar, Kosovan
Kuwait: Kuwaiti
Kyrgyzstan: Kyrgyz*, Kyrgyzstani
Laos: Lao*, Laotian
Latvia: Latvian*
Lebanon: Lebanese
Lesotho: Basotho, Mosotho
Liberia: Liberian
Libya: Libyan
Liechtenstein: Liechtensteiner
Lithuania: Lithuanian*
Luxembourg: Luxembourgish*, Luxembourger
Madagascar: Malagasy*
Malawi: Malawian
Malaysia: Malaysian
Maldives: Maldivian
Mali: Malian
Malta: Maltese*
Marshall Islands: Marshallese*
Mauritania: Mauritanian
Mauritius: Mauritian
Mexico: Mexican
Micronesia: Micronesian
Moldova: Moldovan*
Monaco: Monegasque, Monacan
Mongolia: Mongolian*
Montenegro: Montenegrin*
Morocco: Moroccan
Mozambique: Mozambican
Myanmar: Burmese*
Namibia: Namibian
Nauru: Nauruan*
Nepal: Nepali*, Nepalese
Netherlands: Dutch*, Dutchman, Dutchwoman, Netherlandish
New Zealand: New Zealander
Nicaragua: Nicaraguan
Niger: Nigerien
Nigeria: Nigerian
North Korea: North Korean
North Macedonia: Macedonian*, North Macedonian
Norway: Norwegian*
Oman: Omani
Pakistan: Pakistani
Palau: Palauan*
Palestine: Palestinian
Panama: Panamanian
Papua New Guinea: Papua New Guinean
Paraguay: Paraguayan
Peru: Peruvian
Philippines: Filipino*, Filipina, Philippine
Poland: Polish*, Pole
Portugal: Portuguese*
Qatar: Qatari
Romania: Romanian*
Russia: Russian*
Rwanda: Rwandan
Saint Kitts and Nevis: Kittitian, Nevisian
Saint Lucia: Saint Lucian
Saint Vincent and the Grenadines: Vincentian
Samoa: Samoan*
San Marino: Sammarinese
São Tomé and Príncipe: Santomean
Saudi Arabia: Saudi, Saudi Arabian
Senegal: Senegalese
Serbia: Serbian*, Serb
Seychelles: Seychellois
Sierra Leone: Sierra Leonean
Singapore: Singaporean
Slovakia: Slovak*, Slovakian
Slovenia: Slovenian*, Slovene*
Solomon Islands: Solomon Islander
Somalia: Somali*, Somalian
South Africa: South African
South Korea: South Korean
South Sudan: South Sudanese
Spain: Spanish*, Spaniard
Sri Lanka: Sri Lankan
Sudan: Sudanese
Suriname: Surinamese
Sweden: Swedish*, Swede
Switzerland: Swiss
Syria: Syrian
Taiwan: Taiwanese*
Tajikistan: Tajik*, Tajikistani
Tanzania: Tanzanian
Thailand: Thai*
Togo: Togolese
Tonga: Tongan*
Trinidad and Tobago: Trinidadian, Tobagonian
Tunisia: Tunisian
Turkey: Turkish*, Turk
Turkmenistan: Turkmen*
Tuvalu: Tuvaluan*
Uganda: Ugandan
Ukraine: Ukrainian*
United Arab Emirates: Emirati
United Kingdom: British, Briton
United States: American
Uruguay: Uruguayan
Uzbekistan: Uzbek*, Uzbekistani
Vanuatu: Ni-Vanuatu
Venezuela: Venezuelan
Vietnam: Vietnamese*
Yemen: Yemeni
Zambia: Zambian
Zimbabwe: Zimbabwean
England: English*, Englishman, Englishwoman
Scotland: Scottish, Scots*, Scotsman, Scotswoman
Wales: Welsh*, Welshman, Welshwoman
Northern Ireland: Northern Irish
Greenland: Greenlandic*, Greenlander
Faroe Islands: Faroese*
Puerto Rico: Puerto Rican
Hong Kong: Hong Konger
Bermuda: Bermudian
Gibraltar: Gibraltarian
Guam: Guamanian
Soviet Union: Soviet
Yugoslavia: Yugoslav, Yugoslavian
Czechoslovakia: Czechoslovak, Czechoslovakian
East Germany: East German
West Germany: West German
Austria-Hungary: Austro-Hungarian
Ottoman Empire: Ottoman
Byzantine Empire: Byzantine
Prussia: Prussian
Holy Roman Empire:
Rhodesia: Rhodesian
Zaire: Zairean
Siam: Siamese
Persia: Persian*
Ceylon: Ceylonese
"""
# Words of people that have no country in this table, or more than one.
_LANGUAGES = frozenset(
    """Arabic Hebrew Latin Sanskrit Mandarin Cantonese Hindi Urdu Bengali Punjabi Tamil Telugu
    Swahili Yoruba Igbo Hausa Zulu Xhosa Afrikaans Catalan Basque Galician Breton Flemish Frisian
    Gaelic Manx Yiddish Esperanto Kurdish Pashto Farsi Quechua Guarani Tagalog Malay Javanese Sami
    Khmer Sinhala Amharic Tigrinya Bosnian Serbo-Croatian""".split()  # noqa: SIM905
)
# Other names of a country, which share no word with it.
_OTHER_NAMES = {
    "the netherlands": "Netherlands", "holland": "Netherlands", "czechia": "Czech Republic",
    "britain": "United Kingdom", "great britain": "United Kingdom", "uk": "United Kingdom",
    "u.k.": "United Kingdom", "america": "United States", "usa": "United States",
    "u.s.a.": "United States", "us": "United States", "u.s.": "United States",
    "united states of america": "United States", "burma": "Myanmar", "côte d'ivoire": "Ivory Coast",
    "swaziland": "Eswatini", "east timor": "Timor-Leste", "ussr": "Soviet Union",
    "u.s.s.r.": "Soviet Union", "türkiye": "Turkey", "cabo verde": "Cape Verde",
    "macedonia": "North Macedonia", "uae": "United Arab Emirates",
    "drc": "Democratic Republic of the Congo",
    "prc": "China", "people's republic of china": "China", "viet nam": "Vietnam",
    "russian federation": "Russia", "republic of ireland": "Ireland", "gdr": "East Germany",
    "federal republic of germany": "Germany", "republic of korea": "South Korea",
}  # fmt: skip
_SHORT = 5  # letters of an abbreviation, which has capitals
_PLURALS = {"men": "man", "women": "woman"}


@cache
def _tables() -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    """Return the country of each word, the words that name a language, and the countries."""
    countries: dict[str, str] = {}
    languages: set[str] = set(_LANGUAGES)
    names: set[str] = set()
    for line in _COUNTRIES.strip().splitlines():
        country, _, words = line.partition(":")
        names.add(country)
        for word in filter(None, (w.strip() for w in words.split(","))):
            plain = word.rstrip("*")
            # A word of two countries means the first alone where it is written so: none.
            countries[plain] = "" if plain in countries else country
            if word.endswith("*"):
                languages.add(plain)
    return {w: c for w, c in countries.items() if c}, frozenset(languages), frozenset(names)


def country_of(word: str) -> str:
    """Return the country that a nationality word means; empty for any other word.

    >>> country_of("Dutch"), country_of("Swedes"), country_of("Frenchmen"), country_of("Northwind")
    ('Netherlands', 'Sweden', 'France', '')
    >>> country_of("Dominican")
    ''
    """
    table = _tables()[0]
    plain = " ".join(word.split())
    for ending, single in _PLURALS.items():
        if plain.endswith(ending):
            plain = plain.removesuffix(ending) + single
    if plain.isupper() and len(plain) > 3:
        plain = plain.title()
    return table.get(plain) or (table.get(plain[:-1], "") if plain.endswith("s") else "")


def names_language(word: str) -> bool:
    """Tell whether a word may name a language: "Norwegian", not "Swiss"."""
    return word in _tables()[1]


def country_named(name: str) -> str:
    """Return the country that a name means, in the spelling of this table; empty for no country.

    >>> country_named("the U.S."), country_named("Norway"), country_named("Basel")
    ('United States', 'Norway', '')
    """
    plain = " ".join(name.split())
    bare = plain.removeprefix("the ").removeprefix("The ")
    if bare in _tables()[2]:
        return bare
    if len(bare) <= _SHORT and bare != bare.upper():  # "us" is none
        return ""
    return _OTHER_NAMES.get(bare.casefold(), "")
