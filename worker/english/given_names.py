"""First names that nearly always belong to men, or to women, in English texts.

Only to tell whom "he" or "she" can mean; a name that is not here may be either.
"""

from __future__ import annotations

_MEN = """aaron abdul abdullah abraham adam adrian ahmed alan albert alberto alejandro
alessandro alexander alfred ali amir anders andreas andrei andrew andrzej andré angelo anthony
anton antonio arjun arne arnold arthur axel baraka benjamin bernard bill björn bo bob bogdan
boris brian bruce bruno carl carlos cedric cesar charles christian christopher claude claus
colin connor craig daniel dariusz david denis dennis derek didier diego dieter dimitri dmitri
dominic donald douglas duncan edgar eduardo edward edwin einar eino elias emil emmanuel enrico
eric erik ernest ernst esteban eugene fabian farid federico felipe felix ferdinand fernando
filip finn francesco francis francisco frank franz fred frederick friedrich fritz gabriel
gareth gary geoffrey george georg gerald gerard gerhard giacomo giorgio giovanni giuseppe
gordon graham gregory guido guillermo gunnar gustav guy hamid hans harald harold harry hassan
heinrich helmut henri henrik henry herbert herman hermann hiroshi howard hugh hugo hussein ian
ibrahim igor isaac isak ismail ivan ivar jack jacob jacques jakob jakub jamal james jared
javier jeff jeffrey jens jeremy jerry jesper jim joachim joe johan johann johannes john jonas
jonathan jorge josef joseph joshua josé juan juhani julian jürgen justin kaspar keith kenji
kenneth kevin khalid klaus knut konrad kristian kurt kwame lars laurent lawrence leif leo leon
leonard leonardo liam lorenzo louis luca lucas ludwig luigi luis lukas lukasz magnus malcolm
manuel marc marcel marcello marco marcus marek mario mark markus martin mateo mateusz matthew
matthias mats maurice max maximilian mehmet michael michel miguel mikael mikhail miklos milan
mohamed mohammad mohammed moritz morten muhammad murat mustafa nathan neil nicholas nicolas
niels nikolai nikos nils noah olaf oleg oliver olivier omar oscar oskar otto owen pablo paolo
pascal patrick paul pavel pedro per peter philip philippe pierre pietro rafael raj rajesh ralph
ramon raymond rené ricardo richard robert roberto roger roland rolf roman ronald rory ross roy
rudolf rupert russell ryan salman samuel sandro santiago satoshi scott sean sebastian sergei
sergio seth simon slobodan stefan stephen steve steven stewart stuart sven takashi thomas
theodor theodore thierry tim timothy tobias todd tom tomasz tony trevor tuomas ulrich umberto
vadim victor viktor vincent vinod vito vladimir walt walter werner wilhelm willem william
winston wolfgang xavier yusuf yuri zoltan aleksander aldric bjorn eero georgi giles henryk jaap
jorgen jørgen joao joão kofi laszlo lászló matti mikko ole pekka piotr radu ravi rasmus seamus
sigurd stanislav tariq tomas torsten ulf vaclav wojciech"""
_WOMEN = """abigail ada adele adriana agata agnes agnieszka aisha alexandra alice alicia
alison amanda amelia amina amy ana anastasia angela angelica anita anja ann anna anne annette
annika antonia astrid audrey barbara beata beatrice beatriz bella bernadette bertha beth
bettina birgit bianca bridget brigitte camila camilla carla carmen carol carolina caroline
caterina catherine cecilia celia charlotte chiara christa christina christine clara clare
claire claudia colette constance cristina cynthia daniela daphne deborah denise diana dolores
donatella dora doris dorothy edith eileen elaine eleanor elena eliza elizabeth ella ellen elsa
elsie emilia emily emma erica erika esther ethel eva evelyn fatima felicia fiona flora florence
frances francesca frederica frida gabriela gabriella gabrielle gertrude gillian giovanna giulia
gloria grace greta grete gudrun hannah hanna harriet heather hedwig heidi helen helena helene
helga hilda hildegard ida ilse ines inga ingeborg ingrid irena irene iris irma isabel isabella
jacqueline jane janet janina jasmine jeanne jennifer jessica joanna johanna josephine joyce
judith julia juliana julie juliet justine kamala karen karin karla katarina kate katharina
katherine kathleen katja katrin keiko kerstin kirsten kristina lara laura leila lena leonora
leticia lidia lilian linda lisa liv lotte louisa louise lucia lucie lucy ludmila lydia maeve
magdalena malgorzata margaret margarita margot maria mariam marianne marie marina marion marit
marjorie marlene marta martha martina mary matilda maud maya megan melanie melissa mercedes mia
michelle mila mildred mina mira miriam molly monica monika nadia nadine nancy naomi natalia
natalie natasha nicole nina nora olga olivia ottilie pamela patricia paula pauline penelope
petra phyllis pia priya rachel rebecca regina renate rita rosa rosalind rose roxana ruth sabina
sabine sally samantha sandra sara sarah selma sheila shirley sigrid silvia siobhan siobhán
sofia sonia sonja sophia sophie stella stephanie susan susanna susanne suzanne svetlana sylvia
tamara tanja tatiana teresa thea theresa tilda tove ulrike una ursula valentina valeria vanessa
vera veronica victoria viktoria violet virginia wanda wilhelmina winifred yasmin yoko yolanda
yvonne zara zoe zofia zuzana aino anneli aoife bronwyn chloe dagmar dagny ebba eira fatou freya
gwen halina helle hiroko ilona jadwiga jana katarzyna ksenia leonie liesel lieselotte lina
liisa maarit mairead mette milena niamh nneka oksana orla paloma pilar radka saoirse shreya
signe silje siri solveig sunniva thandiwe tuuli yulia zahra"""
_SEX = dict.fromkeys(_MEN.split(), "m") | dict.fromkeys(_WOMEN.split(), "f")


def sex_of(name: str) -> str:
    """Return "m" or "f" where a first name says it, else nothing.

    >>> sex_of("Petra"), sex_of("Hugo"), sex_of("Robin")
    ('f', 'm', '')
    """
    return _SEX.get(name.casefold(), "")
