# Anmeldung über Identitätsanbieter: die Anmeldeseite, die Sicherheitsseite eines Kontos und die Verwaltung.

identity-log-in = Mit { $provider } anmelden
identity-continue-title = Weiter zu { $provider }
identity-continue-note = Sie melden sich dort an und kommen hierher zurück. Wenn nichts geschieht, benutzen Sie die Schaltfläche.
identity-continue = Weiter

## Die Sicherheitsseite eines Kontos

identity-title = Anmeldung über andere Dienste
identity-note = Wer einen dieser Dienste in Ihrem Namen nutzen kann, kann sich hier anmelden. Wenn Sie einen verknüpfen oder trennen, werden Sie auf allen anderen Geräten abgemeldet.
identity-link = { $provider } verknüpfen
identity-unlink = { $provider } trennen
identity-linked-on = Verknüpft am { $linked }
identity-linked-and-used = Verknüpft am { $linked }, zuletzt verwendet am { $used }

## Die Verwaltung

identity-admin-title = Identitätsanbieter
identity-admin-add = Identitätsanbieter hinzufügen
identity-admin-count = { $count ->
    [one] { $count } Identitätsanbieter
   *[other] { $count } Identitätsanbieter
}
identity-admin-empty-title = Noch keine Identitätsanbieter
identity-admin-empty = Mit OpenID Connect melden sich Menschen über Google an oder mit dem Konto Ihrer Firma.
identity-admin-new-title = Neuer Identitätsanbieter
identity-admin-edit-title = Identitätsanbieter bearbeiten
identity-admin-name = Bezeichnung
identity-admin-name-hint = Steht auf der Schaltfläche, zum Beispiel Google
identity-admin-issuer = Aussteller (Issuer)
identity-admin-issuer-hint = Genau wie beim Anbieter, zum Beispiel https://accounts.google.com
identity-admin-issuer-kept = Der Aussteller ändert sich nie. Für einen anderen fügen Sie einen Anbieter hinzu.
identity-admin-client-id = Client-ID
identity-admin-client-secret = Client-Secret
identity-admin-secret-hint = Lassen Sie das Feld nur leer, wenn der Anbieter Ihnen keines gegeben hat.
identity-admin-secret-kept = Lassen Sie das Feld leer, um das gespeicherte zu behalten.
identity-admin-callback-note = Tragen Sie diese Adresse beim Anbieter als Redirect-URI ein:
identity-admin-active = Aktiv
identity-admin-inactive = Inaktiv
identity-admin-column-accounts = Konten
identity-admin-delete = Identitätsanbieter löschen
identity-admin-delete-about = Niemand kann sich mehr über ihn anmelden. Die Konten bleiben; ihre Inhaber melden sich mit ihrem Passwort oder einem Code per E-Mail an.
identity-admin-delete-question = Diesen Identitätsanbieter löschen?
