"""Short sentences as shop owners write them, by language: to measure how well a text's language is told."""

ENGLISH = """
I cannot log in to my shop since this morning.
The payment page shows an error, please help.
How do I change the logo?
My customers do not get the order mails.
Please call me back, it is urgent.
Where can I see last month's invoices?
The shipping costs are wrong for two countries.
I would like to add a second shop to my account.
Can you tell me how discounts work?
The photos of my products are not shown any more.
Thank you, it works now!
Hello, is anybody there?
We want to cancel the subscription at the end of the year.
When will my domain be transferred?
I forgot the password of the administrator.
My shop is very slow today.
How many products can I have with the small plan?
There is a mistake in the English translation of the basket.
Could you please send me the invoice again?
The export file is empty.
I need help with the terms and conditions.
A customer paid twice, what should I do?
Nothing happens when I press the button.
Yes, that is the right shop.
Please delete my old account.
The discount code is not accepted.
I have three questions about the newsletter.
Do you also offer reservations?
Our accountant needs all the orders of March.
It still does not work.
Who can help me with the settings?
The menu looks strange on my phone.
We moved, please change our address.
Is there a way to hide products that are sold out?
I was charged the wrong amount.
My name is Ann and I sell bread.
Good morning, the shop is offline again.
What does this message mean?
I have attached a picture of the problem.
The tax rate must be changed before Monday.
Everything is fine again, many thanks.
Can I print the labels from here?
Somebody else is using my address.
The order number is 4711.
"""

GREEK = """
Δεν μπορώ να μπω στο κατάστημά μου από το πρωί.
Η σελίδα πληρωμής βγάζει σφάλμα, βοηθήστε με.
Πώς αλλάζω το λογότυπο;
Οι πελάτες μου δεν παίρνουν τα μηνύματα για τις παραγγελίες.
Παρακαλώ πάρτε με τηλέφωνο, είναι επείγον.
Πού βλέπω τα τιμολόγια του περασμένου μήνα;
Τα έξοδα αποστολής είναι λάθος για δύο χώρες.
Θέλω να προσθέσω δεύτερο κατάστημα στον λογαριασμό μου.
Μπορείτε να μου πείτε πώς λειτουργούν οι εκπτώσεις;
Οι φωτογραφίες των προϊόντων δεν φαίνονται πια.
Ευχαριστώ, τώρα δουλεύει!
Καλημέρα σας, είναι κανείς εκεί;
Θέλουμε να διακόψουμε τη συνδρομή στο τέλος του χρόνου.
Πότε θα μεταφερθεί το domain μου;
Ξέχασα τον κωδικό του διαχειριστή.
Το κατάστημά μου είναι πολύ αργό σήμερα.
Πόσα προϊόντα μπορώ να έχω στο μικρό πακέτο;
Υπάρχει λάθος στην ελληνική μετάφραση του καλαθιού.
Μου στέλνετε ξανά το τιμολόγιο;
Το αρχείο εξαγωγής είναι άδειο.
Χρειάζομαι βοήθεια με τους όρους χρήσης.
Ένας πελάτης πλήρωσε δύο φορές, τι να κάνω;
Δεν γίνεται τίποτα όταν πατάω το κουμπί.
Ναι, αυτό είναι το σωστό κατάστημα.
Παρακαλώ διαγράψτε τον παλιό μου λογαριασμό.
Ο κωδικός έκπτωσης δεν γίνεται δεκτός.
Έχω τρεις ερωτήσεις για το newsletter.
Προσφέρετε και κρατήσεις;
Ο λογιστής μας χρειάζεται όλες τις παραγγελίες του Μαρτίου.
Ακόμα δεν δουλεύει.
Ποιος μπορεί να με βοηθήσει με τις ρυθμίσεις;
Το μενού φαίνεται περίεργο στο κινητό μου.
Μετακομίσαμε, παρακαλώ αλλάξτε τη διεύθυνσή μας.
Μπορώ να κρύψω τα προϊόντα που εξαντλήθηκαν;
Χρεώθηκα λάθος ποσό.
Με λένε Άννα και πουλάω ψωμί.
ΚΑΛΗΜΕΡΑ, ΤΟ ΚΑΤΑΣΤΗΜΑ ΕΙΝΑΙ ΠΑΛΙ ΕΚΤΟΣ
Τι σημαίνει αυτό το μήνυμα;
Σας στέλνω μια εικόνα του προβλήματος.
Ο φόρος πρέπει να αλλάξει πριν από τη Δευτέρα.
Όλα εντάξει, σας ευχαριστώ πολύ.
δεν μπορω να συνδεθω στο paypal
Κάποιος άλλος χρησιμοποιεί τη διεύθυνσή μου.
Ο αριθμός παραγγελίας είναι 4711.
"""

DUTCH = """
Ik kan sinds vanmorgen niet meer inloggen in mijn winkel.
De betaalpagina geeft een foutmelding, help alstublieft.
Hoe verander ik het logo?
Mijn klanten krijgen geen bestelmails.
Wilt u mij terugbellen, het is dringend.
Waar vind ik de facturen van vorige maand?
De verzendkosten kloppen niet voor twee landen.
Ik wil graag een tweede winkel aan mijn account toevoegen.
Kunt u uitleggen hoe kortingen werken?
De foto's van mijn producten zijn niet meer te zien.
Bedankt, het werkt nu!
Hallo, is daar iemand?
We willen het abonnement aan het einde van het jaar opzeggen.
Wanneer wordt mijn domeinnaam verhuisd?
Ik ben het wachtwoord van de beheerder vergeten.
Mijn winkel is erg traag vandaag.
Hoeveel producten mag ik hebben met het kleine pakket?
Er zit een fout in de vertaling van de winkelwagen.
Kunt u de factuur nog een keer sturen?
Het exportbestand is leeg.
Ik heb hulp nodig met de algemene voorwaarden.
Een klant heeft twee keer betaald, wat moet ik doen?
Er gebeurt niets als ik op de knop druk.
Ja, dat is de juiste winkel.
Graag mijn oude account verwijderen.
De kortingscode wordt niet geaccepteerd.
Ik heb drie vragen over de nieuwsbrief.
Bieden jullie ook reserveringen aan?
Onze boekhouder heeft alle bestellingen van maart nodig.
Het werkt nog steeds niet.
Wie kan mij helpen met de instellingen?
Het menu ziet er vreemd uit op mijn telefoon.
Wij zijn verhuisd, graag ons adres wijzigen.
Kan ik uitverkochte producten verbergen?
Er is een verkeerd bedrag afgeschreven.
Mijn naam is Anna en ik verkoop brood.
Goedemorgen, de winkel is weer offline.
Wat betekent deze melding?
In de bijlage een schermafbeelding van het probleem.
Het btw-tarief moet voor maandag worden aangepast.
Alles is weer in orde, hartelijk dank.
Kan ik de etiketten hier afdrukken?
Iemand anders gebruikt mijn adres.
Het bestelnummer is 4711.
"""

FRENCH = """
Je n'arrive plus à me connecter à ma boutique depuis ce matin.
La page de paiement affiche une erreur, aidez-moi.
Comment changer le logo ?
Mes clients ne reçoivent pas les e-mails de commande.
Merci de me rappeler, c'est urgent.
Où puis-je voir les factures du mois dernier ?
Les frais de port sont faux pour deux pays.
Je voudrais ajouter une deuxième boutique à mon compte.
Pouvez-vous m'expliquer comment marchent les remises ?
Les photos de mes produits ne s'affichent plus.
Merci, ça marche maintenant !
Bonjour, il y a quelqu'un ?
Nous voulons résilier l'abonnement à la fin de l'année.
Quand est-ce que mon domaine sera transféré ?
J'ai oublié le mot de passe de l'administrateur.
Ma boutique est très lente aujourd'hui.
Combien de produits puis-je avoir avec la petite formule ?
Il y a une faute dans la traduction du panier.
Pouvez-vous me renvoyer la facture ?
Le fichier d'export est vide.
J'ai besoin d'aide pour les conditions de vente.
Un client a payé deux fois, que dois-je faire ?
Rien ne se passe quand je clique sur le bouton.
Oui, c'est la bonne boutique.
Veuillez supprimer mon ancien compte.
Le code promo n'est pas accepté.
J'ai trois questions sur la lettre d'information.
Proposez-vous aussi des réservations ?
Notre comptable a besoin de toutes les commandes de mars.
Ça ne marche toujours pas.
Qui peut m'aider avec les réglages ?
Le menu est bizarre sur mon téléphone.
Nous avons déménagé, merci de changer notre adresse.
Peut-on cacher les produits épuisés ?
On m'a prélevé un mauvais montant.
Je m'appelle Anne et je vends du pain.
Bonjour, la boutique est encore hors ligne.
Que veut dire ce message ?
Vous trouverez ci-joint une capture du problème.
Le taux de TVA doit être changé avant lundi.
Tout est rentré dans l'ordre, merci beaucoup.
Est-ce que je peux imprimer les étiquettes ici ?
Quelqu'un d'autre utilise mon adresse.
Le numéro de commande est le 4711.
"""

GERMAN = """
Ich kann mich seit heute Morgen nicht mehr in meinem Shop anmelden.
Die Zahlungsseite zeigt einen Fehler, bitte helfen Sie mir.
Wie ändere ich das Logo?
Meine Kunden bekommen keine Bestellmails.
Bitte rufen Sie mich zurück, es ist dringend.
Wo finde ich die Rechnungen vom letzten Monat?
Die Versandkosten stimmen für zwei Länder nicht.
Ich möchte einen zweiten Shop zu meinem Konto hinzufügen.
Können Sie mir erklären, wie Rabatte funktionieren?
Die Fotos meiner Produkte werden nicht mehr angezeigt.
Danke, jetzt geht es!
Hallo, ist da jemand?
Wir möchten das Abo zum Jahresende kündigen.
Wann wird meine Domain umgezogen?
Ich habe das Passwort vom Administrator vergessen.
Mein Shop ist heute sehr langsam.
Wie viele Produkte darf ich im kleinen Paket haben?
In der Übersetzung vom Warenkorb ist ein Fehler.
Können Sie mir die Rechnung noch einmal schicken?
Die Exportdatei ist leer.
Ich brauche Hilfe bei den AGB.
Ein Kunde hat doppelt bezahlt, was soll ich tun?
Es passiert nichts, wenn ich auf den Knopf drücke.
Ja, das ist der richtige Shop.
Bitte löschen Sie mein altes Konto.
Der Gutscheincode wird nicht angenommen.
Ich habe drei Fragen zum Newsletter.
Bieten Sie auch Reservierungen an?
Unser Steuerberater braucht alle Bestellungen vom März.
Es geht immer noch nicht.
Wer kann mir bei den Einstellungen helfen?
Das Menü sieht auf meinem Handy komisch aus.
Wir sind umgezogen, bitte ändern Sie unsere Adresse.
Kann man ausverkaufte Produkte verstecken?
Mir wurde ein falscher Betrag abgebucht.
Ich heiße Anna und verkaufe Brot.
Guten Morgen, der Shop ist schon wieder offline.
Was bedeutet diese Meldung?
Im Anhang ist ein Bild von dem Problem.
Der Steuersatz muss vor Montag geändert werden.
Alles wieder in Ordnung, vielen Dank.
Kann ich die Etiketten von hier aus drucken?
Jemand anderes benutzt meine Adresse.
Die Bestellnummer ist 4711.
"""

SENTENCES = {
    language: text.strip().split("\n")
    for language, text in (("en", ENGLISH), ("el", GREEK), ("nl", DUTCH), ("fr", FRENCH), ("de", GERMAN))
}
