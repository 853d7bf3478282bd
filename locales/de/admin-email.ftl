# Der Postausgang.
admin-email-title = Postausgang
admin-email-kept-title = E-Mails werden hier aufbewahrt, nicht gesendet
admin-email-kept = Setzen Sie SMTP_URL und starten Sie neu, um sie zu senden.
admin-email-empty-title = Noch keine E-Mails
admin-email-empty = E-Mails an Kunden und an Sie erscheinen hier.
admin-email-caption = E-Mails, neueste zuerst
admin-email-column-subject = Betreff
admin-email-column-to = An
admin-email-column-status = Status
admin-email-column-when = Zeitpunkt

admin-email-state-sent = Gesendet
admin-email-state-failed = Fehlgeschlagen
admin-email-state-refused = Abgelehnt
admin-email-state-queued = In der Warteschlange
admin-email-state-unsent = Nicht gesendet
admin-email-erased = (mit dem Kunden gelöscht)

admin-email-problem-unsent = Nicht gesendet
admin-email-problem-queued = Noch nicht gesendet
admin-email-problem-refused = Sie wurde abgelehnt und wird nicht erneut versucht
admin-email-problem-failed = Sie konnte nicht gesendet werden
admin-email-next-attempt-html = Nächster Versuch { $when }.

admin-email-section = E-Mail
admin-email-preview = Die E-Mail, wie der Empfänger sie sieht
admin-email-to = An
admin-email-reply-to = Antwort an
admin-email-created = Erstellt
admin-email-sent = Gesendet
admin-email-about = Betrifft
admin-email-order = Bestellung { $number }
admin-email-send = Senden
admin-email-send-now = Jetzt senden
admin-email-resend = Erneut senden
admin-email-do-not-send = Nicht senden
admin-email-plain-text = Nur Text

admin-email-change-address = Adresse ändern
admin-email-not-changed = Noch nicht geändert
admin-email-address = E-Mail-Adresse
admin-email-address-hint = Die E-Mail wird an diese Adresse gesendet.
admin-email-correct-order = Auch in der Bestellung ändern
admin-email-correct-order-hint = Weitere E-Mails zu dieser Bestellung gehen an diese Adresse.
admin-email-send-to-address = An diese Adresse senden
