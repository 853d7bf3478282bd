# Die Seite, auf der Eingeladene ein Konto erhalten.
invitation-title = Mitarbeiten bei { $site }
invitation-note = Sie sind eingeladen als: { $role }. Wählen Sie ein Passwort, dann geht es los.
invitation-email = Ihre E-Mail-Adresse ist { $email }.
invitation-name = Ihr Name
invitation-button = Konto erstellen
