# The page where an invited person creates an account.
invitation-title = Mitarbeiten bei { $site }
invitation-note = Sie sind eingeladen mitzuarbeiten. Ihre Rolle: { $role }. Wählen Sie ein Passwort, um Ihr Konto zu erstellen.
invitation-email = Ihre E-Mail-Adresse ist { $email }.
invitation-name = Ihr Name
invitation-button = Konto erstellen
