# The buyer's returns: on the order page, and the form that requests one.

return-section = Rücksendungen
return-state-requested = Rücksendung angefragt
return-state-approved = Rücksendung genehmigt
return-state-received = Rücksendung eingegangen
return-state-refunded = Erstattet
return-state-declined = Rücksendung abgelehnt
return-state-cancelled = Storniert
return-next-requested = Wir prüfen sie und schreiben Ihnen eine E-Mail.
return-next-approved = Wir erstatten Ihnen den Betrag, sobald sie eintrifft.
return-send-to = Senden Sie sie an
return-ask-address = Bitte kontaktieren Sie uns, wir teilen Ihnen dann mit, wohin Sie sie senden sollen.
return-cancel = Rücksendung stornieren
return-request = Rücksendung anfragen

# The form.

return-title = Rücksendung anfragen
return-title-error = Fehler: Rücksendung anfragen
return-intro = Aus Bestellung { $number }. Sagen Sie uns, was Sie zurücksenden möchten und warum. Wir teilen Ihnen per E-Mail mit, ob und wohin Sie es senden können.
return-not-requested = Noch nicht angefragt
return-quantity-hint = Wie viele? Sie haben { NUMBER($left) }.
return-reason = Grund
return-submit = Rücksendung anfragen
