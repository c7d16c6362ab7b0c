"""Words that say nothing about what a mail is about, though a keyword of several words may hold them.

Written without accents, as they are compared. Few on purpose: words of many texts weigh little anyway.
"""

_ENGLISH = """
a about after again all also always am an and any anyone are as at be because been before being best but by can cannot
could dear did do does doing done for from get give good had has have he hello help her here hi him his how i if in
into is it its just kind know let like look make many may me mine more most much must my need new no not nothing now
of off on one only or other our out over per please regards same say see she should since so some someone something
still such take tell than thank thanks that the their them then there these they thing things this those to today too
us very want was we well were what when where which while who why will with without would year yes you your
"""
_GREEK = """
αλλα αν αντι απο αυτα αυτες αυτη αυτο αυτοι αυτον αυτος αυτου αυτους αυτων βρω γεια για γιατι γινεται δε δεν δικη δικο
δυο εαν εγω εδω ειμαι ειμαστε ειναι εισαι ειχα ειχε εκει εκεινο ελα εμας εμεις ενα εναν ενας εσας εσεις ευχαριστω εχει
εχετε εχουμε εχουν εχω η ηθελα ηταν θα θελουμε θελω ισως καθε και καλη καλημερα καλησπερα καλο κανει κανουμε κανω κατι
κι λιγο μας με μεσα μετα μεχρι μη μην μια μιας μονο μου μπορει μπορειτε μπορουμε μπορουν μπορω να ναι ξανα ο οι ολα
ολη ολο ολοι οπως οταν οτι ουτε παλι πανω παρα παρακαλω περι πιο ποια ποιο ποιος πολυ που πουθενα πρεπει πριν προς
πρωτα πως σαν σας σε σου στα στη στην στις στο στον στους συν τα τη την της τι τις το τον τοτε του τους των τωρα
υπαρχει χωρις ως ωστε
"""
_DUTCH = """
aan al alle alleen alles als bedankt ben beste bij daar dan dank dat de deze die dit doe doen door een eens en er even
gaat geen gr graag groet had hallo heb hebben heeft hem het hier hij hoe hoi ik in is ja je jullie kan kon kunnen maar
me meer men met mij mijn moet moeten na naar niet nog nu of om ons onze ook op over per te tegen toch tot uit van veel
voor waar wat we wel werd wie wij wil willen worden wordt zal ze zeggen zei zelf zich zij zijn zo zonder zou
"""
_FRENCH = """
ai alors apres as au aucun aussi autre autres aux avant avec avoir avons beaucoup bien bonjour bonsoir car ce cela
celle celui ces cet cette chaque chez comme comment cordialement dans de depuis des dire dois doit donc du elle elles
en encore est et etait ete etre eu eux faire fait faut font il ils je jusque la le les leur leurs lui ma mais me meme
merci mes moi moins mon ne ni nos notre nous on ont ou par parce pas peu peut peuvent peux plus pour pourquoi puis
puisse quand que quel quelle qui quoi sa sans se sera ses si sont sous sur ta te tes toi ton tous tout toute toutes
tres trop tu un une va vos votre voudrais voulais vous
"""
_GERMAN = """
ab aber alle allem allen alles als also am an auch auf aus bei beim bin bis bitte da dabei damit danach danke dann das
dass dem den denn der des die dies diese dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas
euch fur ganz geht gibt guten hab habe haben hallo hat hatte ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in
ist ja jede jeden jeder jedes jetzt kann kein keine keinen konnen lg mache machen mal man mehr mein meine meinem
meinen meiner mich mir mit mochte muss nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit sich sie
sind so soll sollen tag uber um und uns unser unsere unter viel vom von vor wann war was weil wenn wer werde werden
wie wieder wir wird wo wollen wollte wurde wurden zu zum zur zwei
"""

COMMON_WORDS = {
    "en": frozenset(_ENGLISH.split()),
    "el": frozenset(_GREEK.split()),
    "nl": frozenset(_DUTCH.split()),
    "fr": frozenset(_FRENCH.split()),
    "de": frozenset(_GERMAN.split()),
}
