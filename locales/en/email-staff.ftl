# Emails to staff, and to those who are invited.
email-staff-invitation-subject = Work on { $site } with us
email-staff-invitation = Hello { $name }, you are invited to join { $site }. Your role: { $role }.
email-staff-invitation-note = The link works once, until { $date }. If you did not expect this, ignore this email.
email-staff-invitation-button = Accept the invitation
email-staff-role-subject = Your role at { $site } has changed
email-staff-role = Hello { $name }, your role is now: { $role }. You were logged out everywhere; please log in again.
email-staff-suspended-subject = Your account at { $site } is suspended
email-staff-suspended = Hello { $name }, your account was suspended and you were logged out. You can no longer log in.
email-staff-reactivated-subject = Your account at { $site } is active again
email-staff-reactivated = Hello { $name }, your account was suspended and is active again. You can log in.
email-staff-notice-note = If you did not expect this, ask the owner of the site.
