# The picture library.

admin-picture-pictures = Bilder
admin-picture-none-uploaded = Es wurden keine Bilder hochgeladen
admin-picture-add-hint = Ziehen Sie Dateien hierher oder wählen Sie sie aus. JPEG, PNG oder WebP, je bis zu 10 MB.
admin-picture-upload = Hochladen
admin-picture-none = Noch keine Bilder
admin-picture-none-hint = Auch Bilder von Produkten und Beiträgen erscheinen hier.
admin-picture-all = Alle Bilder
admin-picture-not-used = nicht verwendet

admin-picture-description = Beschreibung
admin-picture-caption = Bildunterschrift
admin-picture-caption-hint = Steht in Beiträgen unter dem Bild.
admin-picture-credit = Bildnachweis
admin-picture-credit-hint = Wer das Bild aufgenommen hat.
admin-picture-details = Details
admin-picture-size = Größe
admin-picture-dimensions = { NUMBER($width) } × { NUMBER($height) }
admin-picture-size-value = { NUMBER($width) } × { NUMBER($height) }, { NUMBER($kilobytes) } kB in allen Größen
admin-picture-file = Datei
admin-picture-added = Hinzugefügt
admin-picture-used-in = Verwendet in
admin-picture-used-nowhere = Noch nirgends
admin-picture-front-page = Startseite
admin-picture-in-a-post = In einem Beitrag
admin-picture-delete-hint = Das Bild wird endgültig gelöscht.
admin-picture-delete-confirm = Dieses Bild löschen?
admin-picture-delete = Bild löschen
