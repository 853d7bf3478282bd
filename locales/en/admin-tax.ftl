# Tax rates, and the rules of single countries.
admin-tax-title = Taxes
admin-tax-add = Add tax rate
admin-tax-untaxed = Orders to a country without a rate are not taxed.
admin-tax-untaxed-in-eu = Orders to a country without a rate are not taxed. Within the European Union they are taxed at the rates of { $home }, which is right as long as you sell for less than €10,000 a year to consumers in all other member states together. Above that, add the rates of each country you ship to.
admin-tax-empty-title = No tax rates yet
admin-tax-count = { $count ->
    [one] { $count } tax rate
   *[other] { $count } tax rates
}
admin-tax-column-name = Name
admin-tax-column-region = Region
admin-tax-column-class = Class
admin-tax-column-priority = Priority
admin-tax-column-rate = Rate
admin-tax-percent = { $rate } %
admin-tax-priority-compound = { NUMBER($priority) }, compound

admin-tax-place-standard = { $place }, standard
admin-tax-place-reduced = { $place }, reduced
admin-tax-place-zero = { $place }, zero
admin-tax-whole-country = Whole country
admin-tax-postcodes = Postcodes { $postcodes }
admin-tax-region-postcodes = { $region }, postcodes { $postcodes }

admin-tax-valid-from = from { $first }
admin-tax-valid-until = until { $last }
admin-tax-valid-between = { $first } to { $last }
admin-tax-valid-from-not-today = from { $first }, not in effect today
admin-tax-valid-until-not-today = until { $last }, not in effect today
admin-tax-valid-between-not-today = { $first } to { $last }, not in effect today

admin-tax-no-reduced = No reduced rate for { $country }: the standard rate is used.
admin-tax-no-reduced-everywhere = No reduced rate for all of { $country }: elsewhere the standard rate is used.
admin-tax-no-standard = No standard rate for { $country }: standard products are not taxed there.
admin-tax-no-standard-in-eu = No standard rate for { $country }: the rates of { $home } are used.

admin-tax-new-title = New tax rate
admin-tax-edit-title = Edit tax rate
admin-tax-section = Tax rate
admin-tax-country = Country
admin-tax-country-hint = Two-letter code, such as DE.
admin-tax-region = State or region
admin-tax-region-hint = Code or name, such as NY or New York. Empty: all.
admin-tax-name = Name
admin-tax-name-hint = Shown on invoices.
admin-tax-rate = Rate in percent
admin-tax-rate-hint = Up to 4 decimals.
admin-tax-class = Tax class
admin-tax-postcode = Postcodes
admin-tax-postcode-hint = Such as 10115; 20*; 35000-35999. Empty: all.
admin-tax-applies-to-shipping = Applies to shipping
admin-tax-validity-section = Validity and combination
admin-tax-first-day = First day
admin-tax-first-day-hint = Empty: always.
admin-tax-last-day = Last day
admin-tax-last-day-hint = Empty: no end date.
admin-tax-priority = Priority
admin-tax-priority-hint = Of rates with the same priority, the one for the most specific region applies. Rates with different priorities add up.
admin-tax-compound = Compound
admin-tax-compound-hint = Also applies to the taxes of lower priorities.
admin-tax-delete-about = It no longer applies to new orders. Existing orders keep it.
admin-tax-delete-question = Delete this tax rate?
admin-tax-delete = Delete tax rate

# Countries with their own rules.
admin-tax-rules = Countries with their own rules
admin-tax-rules-about-html = Orders to every country follow the rules in <a href="{ $settings }">settings</a>. A country can differ: your prices with or without its tax, or how its tax is rounded.
admin-tax-rules-add = Add rules for a country
admin-tax-rules-column-country = Country
admin-tax-rules-column-differences = Differences
admin-tax-rule-prices-include = prices include its tax
admin-tax-rule-prices-exclude = its tax is added
admin-tax-rule-rounding-rate-group = rounded once per rate
admin-tax-rule-rounding-line = rounded on every line
admin-tax-rule-keep-gross = same price everywhere
admin-tax-rule-keep-net = same price before tax

admin-tax-rules-new-title = Tax rules for a country
admin-tax-rules-edit-title = Tax rules for { $country }
admin-tax-rules-section = Rules
admin-tax-rules-country = Country
admin-tax-rules-choose-country = Choose a country
admin-tax-rules-prices = Prices
admin-tax-rules-prices-hint = If set here, customers there pay your prices as entered, with or without their country’s tax.
admin-tax-rules-prices-include = Prices include its tax
admin-tax-rules-prices-exclude = Its tax is added to prices
admin-tax-rules-prices-same-include = Same as the shop: prices include tax
admin-tax-rules-prices-same-exclude = Same as the shop: tax is added
admin-tax-rules-rounding = Round taxes
admin-tax-rules-rounding-same-rate-group = Same as the shop: once per rate
admin-tax-rules-rounding-same-line = Same as the shop: on every line
admin-tax-rules-cross-border = What customers there pay
admin-tax-rules-cross-border-hint = Only applies while prices follow the shop’s setting.
admin-tax-rules-same-keep-gross = Same as the shop: same price everywhere
admin-tax-rules-same-keep-net = Same as the shop: same price before tax
admin-tax-rounding-rate-group = Once per rate
admin-tax-rounding-line = On every line
admin-tax-keep-gross = Same price everywhere
admin-tax-keep-net = Same price before tax
admin-tax-rules-remove-title = Remove
admin-tax-rules-remove-about = Orders to this country follow the shop’s settings again. Existing orders do not change.
admin-tax-rules-remove-question = Remove the rules of this country?
admin-tax-rules-remove = Remove rules
