# Log-in, the new password, and the first setup.

account-email = Email
account-password = Password
account-password-hint = At least 12 characters. A sentence is fine.
account-log-in-failed = We could not log you in
account-log-in-description = Log in to see your orders and details, or to manage this site.
account-remember = Keep me logged in
account-remember-hint = On this device, for 30 days. Not on a shared computer.

## Asked for the password again

account-step-up-title = Confirm that it is you
account-step-up-note = This changes something important. Enter your password again; you will not be asked for the next ten minutes.
account-step-up-failed = The password was not right
account-step-up-button = Continue
account-step-up-no-password = This changes something important, and your account has no password. Log in again, then you have ten minutes for it.

## The new password

account-new-password-title = Choose a new password
account-new-password-note = You will be logged out everywhere else.
account-new-password = New password
account-set-password = Set password
account-no-password = Your account has no password. Choose one first: we send you a link by email.

## The first setup

account-setup-title = Create your site
account-setup-note = One form, and you have a blog and a shop. You can change everything later.
account-site-name = Site name
account-your-name = Your name
account-country = Country
account-country-hint = Where you sell from. Sets the taxes and the date format.
account-currency = Currency
account-currency-hint = The currency of your prices.
account-start-with = Start with
account-sample-shop = The sample shop
account-sample-shop-hint = A coffee roaster with products, posts and orders, to try everything out.
account-empty-site = An empty site
account-empty-site-hint = No products or posts yet.
account-create-site = Create my site
