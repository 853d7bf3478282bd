# E-Mails an Mitarbeiter und an Eingeladene.
email-staff-invitation-subject = Arbeiten Sie mit an { $site }
email-staff-invitation = Hallo { $name }, Sie sind eingeladen, bei { $site } mitzuarbeiten. Ihre Rolle: { $role }.
email-staff-invitation-note = Der Link gilt einmal, bis { $date }. Wenn Sie das nicht erwartet haben, ignorieren Sie diese E-Mail.
email-staff-invitation-button = Einladung annehmen
email-staff-role-subject = Ihre Rolle bei { $site } hat sich geändert
email-staff-role = Hallo { $name }, Ihre Rolle ist jetzt: { $role }. Sie wurden überall abgemeldet; bitte melden Sie sich erneut an.
email-staff-suspended-subject = Ihr Konto bei { $site } ist gesperrt
email-staff-suspended = Hallo { $name }, Ihr Konto wurde gesperrt und Sie wurden abgemeldet. Sie können sich nicht mehr anmelden.
email-staff-reactivated-subject = Ihr Konto bei { $site } ist wieder aktiv
email-staff-reactivated = Hallo { $name }, Ihr Konto war gesperrt und ist wieder aktiv. Sie können sich anmelden.
email-staff-notice-note = Wenn Sie das nicht erwartet haben, fragen Sie den Inhaber der Website.
