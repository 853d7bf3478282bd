# The page by which somebody who was invited gets an account.
invitation-title = Join { $site }
invitation-note = You are invited as: { $role }. Choose a password, and you are in.
invitation-email = Your email address is { $email }.
invitation-name = Your name
invitation-button = Create account
