# The page where an invited person creates an account.
invitation-title = Join { $site }
invitation-note = You are invited to join. Your role: { $role }. Choose a password to create your account.
invitation-email = Your email address is { $email }.
invitation-name = Your name
invitation-button = Create account
