# Posts: the list and the editor.

admin-post-posts = Beiträge
admin-post-write = Beitrag schreiben
admin-post-caption = Beiträge, neueste zuerst
admin-post-title = Titel
admin-post-author = Autor
admin-post-tags = Schlagwörter
admin-post-date = Datum
admin-post-tab-drafts = Entwürfe
admin-post-published = Veröffentlicht
admin-post-draft = Entwurf
admin-post-unpublished-changes = Unveröffentlichte Änderungen
admin-post-none-found = Hier sind keine Beiträge
admin-post-all = Alle Beiträge
admin-post-first = Schreiben Sie Ihren ersten Beitrag
admin-post-first-hint = Neuigkeiten, eine Geschichte, wie etwas entsteht. Entwürfe bleiben privat, bis Sie sie veröffentlichen.

admin-post-new = Neuer Beitrag
admin-post-edit = Beitrag bearbeiten
admin-post-text = Text
admin-post-body = Inhalt
admin-post-body-hint = Markdown. Eine leere Zeile beginnt einen Absatz, ## eine Überschrift.
admin-post-preview = Vorschau
admin-post-preview-hint = Mit „Vorschau“ sehen Sie die Seite so, wie Leser sie sehen werden.
admin-post-preview-frame = Vorschau dieses Beitrags
admin-post-preview-untitled = Noch kein Titel
admin-post-save-draft = Entwurf speichern
admin-post-publish = Veröffentlichen
admin-post-unpublish = Zurückziehen
admin-post-unpublish-confirm = Diesen Beitrag zurückziehen?

admin-post-pictures = Bilder
admin-post-pictures-hint = Klicken Sie auf ein Bild, um es an der Schreibmarke einzufügen, oder kopieren Sie die Zeile darunter.
admin-post-add-pictures-hint = Sie werden mit dem Beitrag gespeichert; danach können Sie sie in den Text einfügen. JPEG, PNG oder WebP.

admin-post-publishing = Veröffentlichung
admin-post-published-on-html = Veröffentlicht am { $date }.
admin-post-view = Beitrag ansehen
admin-post-address-hint = /blog/… Leer: wird aus dem Titel gebildet.
admin-post-page-address-hint = /pages/… Leer: wird aus dem Titel gebildet.
admin-post-about = Zum Beitrag
admin-post-summary = Zusammenfassung
admin-post-summary-hint = Erscheint in Listen und Suchmaschinen.
admin-post-cover = Titelbild
admin-post-cover-hint = JPEG, PNG oder WebP, mindestens 1600 Pixel breit.
admin-post-cover-remove = Dieses Titelbild entfernen
admin-post-cover-description = Bild beschreiben

admin-post-conflict = { $who } hat diesen Beitrag gespeichert, während Sie geschrieben haben
admin-post-conflict-hint = Ihr Text steht unten und ist noch nicht gespeichert. Kopieren Sie aus der anderen Fassung, was Sie brauchen, und speichern Sie erneut.
admin-post-conflict-version = Die von { $who } gespeicherte Fassung
admin-post-conflict-saved-html = Gespeichert am { $when }
admin-post-conflict-title = Titel der anderen Fassung
admin-post-conflict-text = Text der anderen Fassung

admin-post-history = Verlauf
admin-post-history-entry-html = <strong>{ $who }:</strong> { $change }
admin-post-history-saved = Entwurf gespeichert
admin-post-history-published = Veröffentlicht
admin-post-history-unpublished = Zurückgezogen
admin-post-delete-hint = Der Beitrag wird von der Website entfernt, und unter seiner Adresse steht, dass er gelöscht wurde.
admin-post-delete-confirm = Diesen Beitrag löschen?
admin-post-delete = Beitrag löschen
