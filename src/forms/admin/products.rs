//! The form of a product. The controller sets the field `currency`: it is the shop's, whatever is sent.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::product::choosing::{MOST_OPTIONS, MOST_VARIANTS, too_many};
use crate::models::product::editing::{Wanted, WantedOption, WantedVariant};
use crate::models::product::{Status, TaxClass};
use crate::support::fold;
use crate::support::markdown::Text;

/// Most pieces of one product.
const MOST: i64 = 1_000_000;
/// Most letters of the name of an option, or of one of its values.
const NAME: usize = 40;

/// What the form sends.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ProductForm {
    #[validate(length(max = 200, message = "A title has at most 200 characters. Please shorten it."))]
    title: String,
    #[validate(length(max = 100_000, message = "A description has at most 100,000 characters."))]
    description: String,
    #[validate(length(max = 10_000, message = "These are too many facts. Please keep the best."))]
    facts: String,
    currency: String,
    price: String,
    compare_at_price: String,
    tax_class: String,
    sku: String,
    barcode: String,
    stock: String,
    stock_was: String,
    weight_grams: String,
    status: String,
    slug: String,
    featured: String,
    gift_card: String,
    #[validate(length(max = 20_000, message = "These are too many categories. Please keep the best."))]
    categories: String,
    lock_version: String,
    picture: Vec<String>,
}

/// A product as somebody wants it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The product, still without its description.
    pub wanted: Wanted,
    /// The description in Markdown, to be rendered.
    pub description_md: String,
    /// The state that was changed.
    pub lock_version: i64,
    /// Whether the form says anything of options: if not, they stay as they are.
    pub says_options: bool,
}

impl Checked for ProductForm {
    type Output = Typed;

    fn checked(self, fields: &mut Fields) -> Option<Typed> {
        let title = super::titled(fields, &self.title);
        let options = options(fields);
        let ids = variant_ids(fields);
        let variants = match ids.is_empty() {
            true => vec![self.only(fields)],
            false => ids.iter().map(|id| self.variant(fields, id)).collect(),
        };
        let slug = super::address(fields, &self.slug);
        let status = choice(fields, "status", Status::parse(or(&self.status, "draft")));
        let tax_class = choice(fields, "tax_class", TaxClass::parse(or(&self.tax_class, "standard")));
        let categories = self.categories.split([',', '\n']).map(str::trim).filter(|path| !path.is_empty());
        let lock_version = self.lock_version.trim().parse().unwrap_or(0);
        let variants: Vec<WantedVariant> = variants.into_iter().collect::<Option<_>>()?;
        let wanted = Wanted {
            title,
            slug: slug?,
            description: Text::default(),
            facts: super::tidy(&self.facts),
            status: status?,
            tax_class: tax_class?,
            featured: self.featured == "1",
            gift_card: self.gift_card == "1",
            first: variants.first()?.clone(),
            options,
            variants: if ids.is_empty() { Vec::new() } else { variants },
            categories: categories.map(str::to_owned).collect(),
            pictures: pictures(&self.picture, fields),
            published_at: None,
        };
        let says_options = fields.names().any(|name| name.starts_with("option_"));
        Some(Typed { wanted, description_md: super::tidy(&self.description), lock_version, says_options })
    }
}

impl ProductForm {
    /// The one variant of a product without options.
    fn only(&self, fields: &mut Fields) -> Option<WantedVariant> {
        let said = Said {
            price: &self.price,
            compare_at: &self.compare_at_price,
            sku: &self.sku,
            barcode: &self.barcode,
            weight: &self.weight_grams,
            stock: &self.stock,
            stock_was: &self.stock_was,
        };
        self.terms(fields, "", &said, str::to_owned)
    }

    /// One of several variants.
    fn variant(&self, fields: &mut Fields, id: &str) -> Option<WantedVariant> {
        let name = |field: &str| format!("variant_{id}_{field}");
        let typed = |field: &str| fields.value(&name(field)).to_owned();
        let (price, compare_at, sku) = (typed("price"), typed("compare_at_price"), typed("sku"));
        let (barcode, weight, stock) = (typed("barcode"), typed("weight_grams"), typed("stock"));
        let said = Said {
            price: &price,
            compare_at: &compare_at,
            sku: &sku,
            barcode: &barcode,
            weight: &weight,
            stock: &stock,
            stock_was: &typed("stock_was"),
        };
        self.terms(fields, id, &said, name)
    }

    /// What was said of a variant; `name` tells the names of its fields.
    fn terms(
        &self,
        fields: &mut Fields,
        id: &str,
        said: &Said<'_>,
        name: impl Fn(&str) -> String,
    ) -> Option<WantedVariant> {
        let price = super::amount(fields, &name("price"), said.price, &self.currency);
        let compare_at = super::optional_amount(fields, &name("compare_at_price"), said.compare_at, &self.currency);
        if let (Some(price), Some(Some(before))) = (price, compare_at)
            && before.minor <= price.minor
        {
            let words = "The price before must be higher than the price. Or leave it empty.";
            fields.refuse(&name("compare_at_price"), words);
        }
        if self.gift_card == "1" && price.is_some_and(|price| price.minor == 0) {
            fields.refuse(&name("price"), "A gift card is worth its price, so type an amount above zero.");
        }
        let (sku, barcode) = (said.sku.trim(), said.barcode.trim());
        for (field, typed, words) in [
            ("sku", sku, "A SKU has at most 64 characters."),
            ("barcode", barcode, "A barcode has at most 64 characters."),
        ] {
            if typed.chars().count() > 64 {
                fields.refuse(&name(field), words);
            }
        }
        let stock = super::whole(fields, &name("stock"), said.stock, 0, (0, MOST));
        let weight_g = super::whole(fields, &name("weight_grams"), said.weight, 0, (0, MOST));
        Some(WantedVariant {
            public_id: id.to_owned(),
            price: price?,
            compare_at: compare_at?,
            sku: sku.to_owned(),
            barcode: barcode.to_owned(),
            weight_g: weight_g?,
            stock: stock?,
            stock_was: said.stock_was.trim().parse().unwrap_or(stock?),
        })
    }
}

/// A variant as it was typed.
struct Said<'a> {
    price: &'a str,
    compare_at: &'a str,
    sku: &'a str,
    barcode: &'a str,
    weight: &'a str,
    stock: &'a str,
    stock_was: &'a str,
}

/// The public ids of the variants that the form speaks of one by one, the oldest first.
fn variant_ids(fields: &Fields) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for name in fields.names() {
        let id = name.strip_prefix("variant_").and_then(|rest| rest.split_once('_'));
        if let Some((id, _)) = id
            && ids.last().is_none_or(|last| last != id)
        {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// The values of an option as somebody typed them: one a line. On a single line they are separated by semicolons, or by
/// commas; a comma between two digits is a decimal one, unless all that is typed are whole numbers.
pub fn split_values(typed: &str) -> Vec<String> {
    let typed = typed.replace("\r\n", "\n");
    let parts: Vec<String> = if typed.contains('\n') {
        typed.split('\n').map(str::to_owned).collect()
    } else if typed.contains(';') {
        typed.split(';').map(str::to_owned).collect()
    } else {
        split_at_commas(&typed)
    };
    parts.iter().map(|value| fold::tidy(value)).filter(|value| !value.is_empty()).collect()
}

fn split_at_commas(line: &str) -> Vec<String> {
    let is_number = |part: &str| !part.is_empty() && !part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
    if line.split(',').all(|part| is_number(part.trim())) {
        return line.split(',').map(str::to_owned).collect();
    }
    let mut values = vec![String::new()];
    let mut letters = line.chars().peekable();
    let mut after_digit = false;
    while let Some(letter) = letters.next() {
        let is_decimal = after_digit && letters.peek().is_some_and(char::is_ascii_digit);
        match values.last_mut() {
            Some(value) if letter != ',' || is_decimal => value.push(letter),
            _ => values.push(String::new()),
        }
        after_digit = letter.is_ascii_digit();
    }
    values
}

/// Values as their field shows them, so that they are read again as they are.
pub fn join_values(values: &[&str]) -> String {
    if !values.iter().any(|value| value.contains([',', ';'])) {
        return values.join(", ");
    }
    // A line end says that lines count, even if there is only one.
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// What there is to choose: of each option its name and its values.
fn options(fields: &mut Fields) -> Vec<WantedOption> {
    let mut options: Vec<WantedOption> = Vec::new();
    for number in 1..=MOST_OPTIONS {
        let (name_field, values_field) = (format!("option_name_{number}"), format!("option_values_{number}"));
        let name = fold::tidy(fields.value(&name_field));
        let values = split_values(fields.value(&values_field));
        if name.is_empty() && values.is_empty() {
            continue;
        }
        if name.is_empty() {
            fields.refuse(&name_field, "Say what people choose here, such as Size.");
        } else if name.chars().count() > NAME {
            fields.refuse(&name_field, "The name of an option has at most 40 characters.");
        } else if options.iter().any(|other| is_same(&other.name, &name)) {
            fields.refuse(&name_field, format!("There is another option named {name}."));
        }
        if values.is_empty() {
            fields.refuse(&values_field, "Say what there is to choose from, such as S, M, L.");
        }
        for (at, value) in values.iter().enumerate() {
            if value.chars().count() > NAME {
                fields.refuse(&values_field, "Each value has at most 40 characters. Separate them with commas.");
            } else if values.iter().take(at).any(|other| is_same(other, value)) {
                fields.refuse(&values_field, format!("{value} is there twice."));
            }
        }
        options.push(WantedOption { name, values });
    }
    let combinations = options.iter().map(|option| option.values.len()).fold(1, usize::saturating_mul);
    if combinations > MOST_VARIANTS {
        fields.refuse("option_values_1", too_many(combinations));
    }
    options
}

/// Whether people take two names for the same.
fn is_same(one: &str, other: &str) -> bool {
    fold::caseless(one) == fold::caseless(other)
}

fn or<'a>(typed: &'a str, empty: &'a str) -> &'a str {
    if typed.is_empty() { empty } else { typed }
}

fn choice<T>(fields: &mut Fields, name: &str, chosen: Option<T>) -> Option<T> {
    if chosen.is_none() {
        fields.refuse(name, "Choose one of these.");
    }
    chosen
}

/// Pictures that stay, in the order typed; those without a place come last.
fn pictures(ids: &[String], fields: &mut Fields) -> Vec<(String, String)> {
    let mut placed: Vec<(i64, &String, String)> = Vec::new();
    for id in ids {
        let removed = fields.is(&format!("remove_{id}"), "1");
        if removed || placed.iter().any(|(_, other, _)| *other == id) {
            continue;
        }
        let alt = fields.value(&format!("alt_{id}")).trim().to_owned();
        if alt.chars().count() > 500 {
            fields.refuse(&format!("alt_{id}"), "Describe a picture in at most 500 characters.");
        }
        let place = fields.value(&format!("position_{id}")).trim().parse().unwrap_or(i64::MAX);
        placed.push((place, id, alt));
    }
    placed.sort_by_key(|(place, ..)| *place);
    placed.into_iter().map(|(_, id, alt)| (id.clone(), alt)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_one_a_line_or_separated_by_commas() {
        for (typed, values) in [
            ("S, M, L", &["S", "M", "L"][..]),
            ("S,M,L", &["S", "M", "L"][..]),
            ("0,5 l\n1 l\n1,5 l", &["0,5 l", "1 l", "1,5 l"][..]),
            ("0,5 l\r\n1 l\r\n", &["0,5 l", "1 l"][..]),
            ("0,5 l, 1 l, 1,5 l", &["0,5 l", "1 l", "1,5 l"][..]),
            ("0,5 l; 1 l", &["0,5 l", "1 l"][..]),
            ("Red, matt\nBlue, matt", &["Red, matt", "Blue, matt"][..]),
            ("36,37,38", &["36", "37", "38"][..]),
            ("0,5", &["0,5"][..]),
            ("1/2\", 3/4\"", &["1/2\"", "3/4\""][..]),
            (" S ,, \u{200b}, M", &["S", "M"][..]),
            ("X  L", &["X L"][..]),
            ("Cafe\u{301}", &["Café"][..]),
            ("", &[][..]),
        ] {
            assert_eq!(split_values(typed), values, "{typed}");
        }
        assert!(is_same("Cafe\u{301}", "CAFÉ") && is_same("A", "A\u{200b}") && is_same("X L", "X\u{a0} L"));
        assert!(!is_same("0,5 l", "5 l") && !is_same("½", "2"));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again_as_it_was(values in prop::collection::vec("[a-zA-Z0-9,;./\" é]{1,12}", 1..6)) {
            let values: Vec<String> = values.iter().map(|value| fold::tidy(value)).filter(|v| !v.is_empty()).collect();
            prop_assume!(!values.is_empty());
            let shown = join_values(&values.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(split_values(&shown), values);
        }
    }
}
