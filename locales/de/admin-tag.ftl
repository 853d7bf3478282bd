# Tags: the list and the form.

admin-tag-tags = Schlagwörter
admin-tag-caption = Schlagwörter nach Name
admin-tag-name = Name
admin-tag-posts = Beiträge
admin-tag-none-found = Hier sind keine Schlagwörter
admin-tag-none-found-hint = Kein Schlagwort passt. Versuchen Sie es mit weniger Wörtern.
admin-tag-all = Alle Schlagwörter
admin-tag-none = Noch keine Schlagwörter
admin-tag-none-hint = Schlagwörter fassen verwandte Beiträge zusammen. Tragen Sie sie im Feld „Schlagwörter“ eines Beitrags ein; sie erscheinen hier, sobald der Beitrag veröffentlicht ist.
admin-tag-all-posts = Alle Beiträge

admin-tag-edit = Schlagwort bearbeiten
admin-tag-tag = Schlagwort
admin-tag-posts-on-site = { $count ->
    [0] Keine Beiträge auf der Website.
    [one] { $count } Beitrag auf der Website.
   *[other] { $count } Beiträge auf der Website.
}
admin-tag-view = { $address } ansehen
admin-tag-name-hint = Auch die Adresse ändert sich; die alte Adresse leitet auf die neue weiter.
admin-tag-merge-hint-html = Alle Beiträge mit dem Schlagwort <bdi>{ $tag }</bdi> erhalten das Schlagwort <bdi>{ $other }</bdi>. Das kann nicht rückgängig gemacht werden.
admin-tag-merge = Zusammenführen
admin-tag-delete-hint = Das Schlagwort wird aus allen Beiträgen entfernt, und unter seiner Adresse steht, dass es gelöscht wurde. Die Beiträge bleiben erhalten.
admin-tag-delete-confirm = Dieses Schlagwort löschen?
admin-tag-delete = Schlagwort löschen
