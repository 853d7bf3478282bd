# Pages that say that something did not work: a heading, and what the reader can do about it.

error-page-request-html = Anfrage <code>{ $id }</code>
error-page-go-home = Zur Startseite
error-page-try-again = Erneut versuchen

error-page-not-found = Seite nicht gefunden
error-page-not-found-note = Diese Seite gibt es nicht, oder sie ist umgezogen. Versuchen Sie es mit der Suche.
error-page-gone = Diese Seite wurde gelöscht
error-page-gone-note = Sie ist nicht mehr verfügbar.
error-page-link-expired = Dieser Link funktioniert nicht mehr
error-page-link-expired-note = Er wurde bereits verwendet oder ist abgelaufen. Bitte fordern Sie einen neuen an.
error-page-forbidden = Dazu fehlt Ihnen die Berechtigung
error-page-bad-request = Mit dieser Anfrage stimmt etwas nicht
error-page-bad-request-note = Die Anfrage war nicht zu verstehen.
error-page-no-form-note = Das ist kein gültiges Formular. Laden Sie die Seite neu, und schicken Sie das Formular noch einmal ab.
error-page-method = Diese Aktion ist hier nicht möglich
error-page-method-note = Diese Adresse unterstützt solche Anfragen nicht.
error-page-invalid = Bitte prüfen Sie Ihre Eingabe
error-page-submitted = Dieses Formular wurde bereits abgeschickt
error-page-submitted-note = Es wurde mit anderen Angaben abgeschickt, und diese wurden gespeichert. Gehen Sie zurück, laden Sie die Seite neu, und versuchen Sie es noch einmal.
error-page-sold-out = Ausverkauft
error-page-sold-out-note = Dieser Artikel ist gerade ausverkauft worden.
error-page-out-of-stock = Nicht genügend auf Lager
error-page-out-of-stock-note = { $count ->
    [one] Nur noch { $count } auf Lager.
   *[other] Nur noch { $count } auf Lager.
  }
error-page-changed = Hier hat sich inzwischen etwas geändert
error-page-changed-note = Gehen Sie zurück, laden Sie die Seite neu, und versuchen Sie es noch einmal.
error-page-too-many-requests = Zu viele Versuche
error-page-wait-seconds = Bitte warten Sie { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
  }, und versuchen Sie es dann noch einmal.
error-page-wait-minutes = Bitte warten Sie { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
  }, und versuchen Sie es dann noch einmal.
error-page-timeout = Die Anfrage hat zu lange gedauert
error-page-timeout-note = Ihre Anfrage ist nicht rechtzeitig angekommen. Bitte versuchen Sie es noch einmal.
error-page-too-large = Diese Anfrage ist zu groß
error-page-too-large-note = Sie ist größer, als diese Website zulässt.
error-page-busy = Gerade ist zu viel los
error-page-busy-note = Bitte versuchen Sie es in einigen Sekunden noch einmal. Es wurde nichts geändert.
error-page-commit-unknown = Wir konnten nicht bestätigen, dass das geklappt hat
error-page-commit-unknown-note = Die Antwort hat zu lange gedauert, und die Änderung wurde möglicherweise gespeichert. Bitte prüfen Sie das, bevor Sie es noch einmal versuchen.
error-page-internal = Etwas ist schiefgegangen
error-page-internal-note = Das ist unser Fehler, und er wurde protokolliert. Bitte versuchen Sie es noch einmal.

## A request from another site

error-page-cross-site = Diese Anfrage wurde blockiert
error-page-two-origins-note = Die Anfrage nennt ihre Herkunft zweimal. Gehen Sie zurück, laden Sie die Seite neu, und schicken Sie das Formular noch einmal ab.
error-page-other-site-note = Die Anfrage kam von einer anderen Website ({ $origin }). Gehen Sie zurück, laden Sie die Seite neu, und schicken Sie das Formular noch einmal ab.
error-page-unknown-site-note = Die Anfrage kam von einer anderen, unbekannten Website. Gehen Sie zurück, laden Sie die Seite neu, und schicken Sie das Formular noch einmal ab.
error-page-other-origin-note = Diese Website ist { $expected }, aber die Anfrage wurde von { $origin } gesendet. Gehen Sie zurück, laden Sie die Seite neu, und schicken Sie das Formular noch einmal ab.
error-page-no-origin-note = Der Browser hat nicht mitgeteilt, von welcher Website die Anfrage stammt. Gehen Sie zurück, laden Sie die Seite neu, und schicken Sie das Formular noch einmal ab.

## Nothing can be saved

error-page-unavailable = Der Shop kann gerade keine Bestellungen annehmen
error-page-unavailable-note = Es wurde nichts geändert. Bitte versuchen Sie es später noch einmal.
error-page-staff-unavailable = Gerade kann nichts gespeichert werden
error-page-disk-full-note = Der Datenträger ist voll. Es wurde nichts geändert. Geben Sie Speicherplatz frei, und versuchen Sie es dann noch einmal.
error-page-read-only-note = Die Datenbank ist schreibgeschützt. Es wurde nichts geändert. Machen Sie sie beschreibbar, und versuchen Sie es dann noch einmal.
error-page-database-gone-note = Die Datenbankdatei wurde im laufenden Betrieb entfernt oder ersetzt. Es wurde nichts geändert. Im Protokoll steht, was zu tun ist.
error-page-database-broken-note = In die Datenbank kann nicht geschrieben werden. Es wurde nichts geändert. Im Protokoll steht, warum.
error-page-data-folder-note = Der Datenordner kann nicht verwendet werden. Es wurde nichts geändert. Im Protokoll steht, warum.
