admin-attention-title = Zu erledigen
admin-attention-nothing = Nichts zu erledigen
admin-attention-nothing-hint = Die Zahlungen stimmen mit den Bestellungen überein, die E-Mails wurden zugestellt, und keine Hintergrundaufgabe ist fehlgeschlagen.
admin-attention-declines = Viele Karten werden abgelehnt
admin-attention-declines-hint-html = { NUMBER($count) } seit { $since }. Möglicherweise probiert jemand gestohlene Karten aus. Bis das aufhört, werden Kunden vor dem Bezahlen im Internet gebeten, einen Moment zu warten. Sie müssen nichts tun.
admin-attention-overdue = Hintergrundaufgaben sind im Verzug: { $queue }
admin-attention-overdue-hint-html =
    { $count ->
        [one] { $count } Aufgabe wartet, seit { $since }. Sie wird automatisch fortgesetzt, sobald der Dienst, von dem sie abhängt, wieder antwortet.
       *[other] { $count } Aufgaben warten, die älteste seit { $since }. Sie werden automatisch fortgesetzt, sobald der Dienst, von dem sie abhängen, wieder antwortet.
    }
admin-attention-orders = Zu prüfende Bestellungen
admin-attention-returns = Zu genehmigende oder abzulehnende Rücksendungen
admin-attention-shipments = Nicht zugestellte Sendungen
admin-attention-vat-numbers = Zu prüfende USt-IdNrn.
admin-attention-jobs = Fehlgeschlagene Hintergrundaufgaben
admin-attention-undelivered-emails = Nicht zugestellte E-Mails
admin-attention-delayed-emails = E-Mails, die auf den Mailserver warten
admin-attention-column-order = Bestellung
admin-attention-column-reason = Grund
admin-attention-column-since = Seit
admin-attention-column-action = Aktion
admin-attention-column-carrier = Versanddienstleister
admin-attention-column-shipped = Versendet
admin-attention-column-number = Nummer
admin-attention-column-job = Aufgabe
admin-attention-column-last-error = Letzter Fehler
admin-attention-column-email = E-Mail
admin-attention-column-created = Erstellt
admin-attention-column-next-attempt = Nächster Versuch
admin-attention-resolve-html = Erledigt<span class="sr">: { $name }</span>
admin-attention-number-not-checked = { $number }: Nummer nicht geprüft
admin-attention-try-again = Erneut versuchen
admin-attention-resend-html = Erneut senden<span class="sr">: { $subject }</span>

# Queues
admin-attention-queue-rendering = E-Mails und Rechnungen schreiben
admin-attention-queue-mail = E-Mails senden
admin-attention-queue-payments = Mit dem Zahlungsanbieter abgleichen
admin-attention-queue-vat-numbers = USt-IdNrn. prüfen
admin-attention-queue-pictures = Bilder skalieren

# Jobs
admin-attention-job-submit-refund = Eine Zahlung erstatten
admin-attention-job-sync-payment = Eine Zahlung prüfen
admin-attention-job-webhook = Einen Webhook verarbeiten
admin-attention-job-vat-number = Eine USt-IdNr. prüfen
admin-attention-job-picture = Ein Bild skalieren
admin-attention-job-issue-invoice = Eine Rechnung ausstellen
admin-attention-job-invoice-pdf = Das PDF einer Rechnung erstellen
admin-attention-job-send-email = Eine E-Mail senden
admin-attention-job-write-erasures = Eine Löschung festhalten
admin-attention-job-write-email = Eine E-Mail schreiben
admin-attention-job-unknown = Hintergrundaufgabe
