# The buyer's returns: on the order page, and the form that requests one.

return-section = Returns
return-state-requested = Return requested
return-state-approved = Return approved
return-state-received = Return received
return-state-refunded = Refunded
return-state-declined = Return declined
return-state-cancelled = Cancelled
return-next-requested = We will review it and email you.
return-next-approved = We will refund you once it arrives.
return-send-to = Send it to
return-ask-address = Please contact us, and we will tell you where to send it.
return-cancel = Cancel this return
return-request = Request a return

# The form.

return-title = Request a return
return-title-error = Error: Request a return
return-intro = From order { $number }. Tell us what you want to return and why; we will email you whether and where to send it.
return-not-requested = Not requested yet
return-quantity-hint = How many? You have { NUMBER($left) }.
return-reason = Reason
return-submit = Request return
