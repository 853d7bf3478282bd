# Pages that say that something did not work: a heading, and what the reader can do about it.

error-page-request-html = Request <code>{ $id }</code>
error-page-go-home = Go to the front page
error-page-try-again = Try again

error-page-not-found = Page not found
error-page-not-found-note = This page does not exist, or it has moved. Try searching for it.
error-page-gone = This page was deleted
error-page-gone-note = It is no longer available.
error-page-link-expired = This link no longer works
error-page-link-expired-note = It has been used or has expired. Please request a new one.
error-page-forbidden = You do not have permission to do this
error-page-bad-request = Something is wrong with this request
error-page-bad-request-note = The request could not be understood.
error-page-no-form-note = This is not a valid form submission. Reload the page, and submit the form again.
error-page-method = This action is not available here
error-page-method-note = This address does not support this kind of request.
error-page-invalid = Please check what you entered
error-page-submitted = This form was already submitted
error-page-submitted-note = It was submitted with other values, and those were saved. Go back, reload the page, and try again.
error-page-sold-out = Sold out
error-page-sold-out-note = This item has just sold out.
error-page-out-of-stock = Not enough in stock
error-page-out-of-stock-note = { $count ->
    [one] Only { $count } left in stock.
   *[other] Only { $count } left in stock.
  }
error-page-changed = This has changed in the meantime
error-page-changed-note = Go back, reload the page, and try again.
error-page-too-many-requests = Too many attempts
error-page-wait-seconds = Please wait { $count ->
    [one] { $count } second
   *[other] { $count } seconds
  } and try again.
error-page-wait-minutes = Please wait { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  } and try again.
error-page-timeout = The request took too long
error-page-timeout-note = Your request did not arrive in time. Please try again.
error-page-too-large = This request is too large
error-page-too-large-note = It is larger than this site accepts.
error-page-busy = Too busy right now
error-page-busy-note = Please try again in a few seconds. Nothing was changed.
error-page-commit-unknown = We could not confirm that this worked
error-page-commit-unknown-note = The response took too long, and the change may have been made. Please check before you try again.
error-page-internal = Something went wrong
error-page-internal-note = This is our fault, and the error has been logged. Please try again.

## A request from another site

error-page-cross-site = This request was blocked
error-page-two-origins-note = The request states its origin twice. Go back, reload the page, and submit the form again.
error-page-other-site-note = The request came from another site ({ $origin }). Go back, reload the page, and submit the form again.
error-page-unknown-site-note = The request came from another site (unknown). Go back, reload the page, and submit the form again.
error-page-other-origin-note = This site is { $expected }, but the request was sent from { $origin }. Go back, reload the page, and submit the form again.
error-page-no-origin-note = The browser did not say which site sent the request. Go back, reload the page, and submit the form again.

## Nothing can be saved

error-page-unavailable = The shop cannot take orders right now
error-page-unavailable-note = Nothing was changed. Please try again later.
error-page-staff-unavailable = Nothing can be saved right now
error-page-disk-full-note = The disk is full. Nothing was changed. Free up some space, then try again.
error-page-read-only-note = The database is read-only. Nothing was changed. Make it writable, then try again.
error-page-database-gone-note = The database file was removed or replaced while the site was running. Nothing was changed. The log says what to do.
error-page-database-broken-note = The database cannot be written to. Nothing was changed. The log says why.
error-page-data-folder-note = The data folder cannot be used. Nothing was changed. The log says why.
