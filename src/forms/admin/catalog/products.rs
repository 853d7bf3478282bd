//! The product form. The controller overwrites `currency` with the shop's.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::catalog::product::edit::{OptionInput, ProductInput, VariantInput};
use crate::models::catalog::product::options::{MAX_OPTIONS, MAX_VARIANTS, too_many_variants};
use crate::models::catalog::product::{ProductStatus, TaxClass};
use crate::support::i18n::Message;
use crate::support::markdown::MarkdownText;
use crate::support::normalisation;

/// In units for stock, in grams for weight.
const MAX_QUANTITY: i64 = 1_000_000;
const MAX_CODE: i64 = 64;
const MAX_ALT_TEXT: i64 = 500;

pub mod limits {
    pub const TITLE: u64 = 200;
    pub const OPTION: i64 = 40;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ProductForm {
    #[validate(length(max = limits::TITLE, code = "title_too_long"))]
    #[validate(custom(function = rules::visible, code = "title_missing"))]
    title: String,
    #[validate(length(max = 100_000, code = "description_too_long"))]
    description: String,
    #[validate(length(max = 10_000, code = "details_too_long"))]
    facts: String,
    picture: Vec<String>,
    price: String,
    compare_at_price: String,
    tax_class: String,
    gift_card: String,
    sku: String,
    barcode: String,
    stock: String,
    weight_grams: String,
    status: String,
    slug: String,
    #[validate(length(max = 20_000, code = "categories_too_long"))]
    categories: String,
    featured: String,
    currency: String,
    stock_was: String,
    lock_version: String,
}

#[derive(Clone, Debug)]
pub struct ProductFormData {
    /// Without its description, which the controller renders.
    pub input: ProductInput,
    pub description_md: String,
    pub lock_version: i64,
    /// Whether the form contains option fields. If not, the options stay unchanged.
    pub has_options: bool,
}

impl FormObject for ProductForm {
    type Output = ProductFormData;
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] =
        &[("alt_", Some("picture")), ("option_", Some("weight_grams")), ("variant_", Some("weight_grams"))];

    fn into_output(self, fields: &mut Fields) -> Option<ProductFormData> {
        let options = parse_options(fields);
        let ids = variant_ids(fields);
        let variants = match ids.is_empty() {
            true => vec![self.only_variant(fields)],
            false => ids.iter().map(|id| self.variant(fields, id)).collect(),
        };
        let slug = admin::parse_slug(fields, &self.slug);
        let status = admin::require_choice(fields, "status", ProductStatus::parse(or_default(&self.status, "draft")));
        let tax_class =
            admin::require_choice(fields, "tax_class", TaxClass::parse(or_default(&self.tax_class, "standard")));
        let categories = self.categories.split([',', '\n']).map(str::trim).filter(|path| !path.is_empty());
        let lock_version = self.lock_version.trim().parse().unwrap_or(0);
        let variants: Vec<VariantInput> = variants.into_iter().collect::<Option<_>>()?;
        let input = ProductInput {
            title: self.title.trim().to_owned(),
            slug: slug?,
            description: MarkdownText::default(),
            attributes: admin::normalise(&self.facts),
            status: status?,
            tax_class: tax_class?,
            featured: self.featured == "1",
            gift_card: self.gift_card == "1",
            base_variant: variants.first()?.clone(),
            options,
            variants: if ids.is_empty() { Vec::new() } else { variants },
            categories: categories.map(str::to_owned).collect(),
            pictures: parse_pictures(&self.picture, fields),
            published_at: None,
        };
        let has_options = fields.names().any(|name| name.starts_with("option_"));
        Some(ProductFormData { input, description_md: admin::normalise(&self.description), lock_version, has_options })
    }
}

impl ProductForm {
    fn only_variant(&self, fields: &mut Fields) -> Option<VariantInput> {
        let submitted = SubmittedVariant {
            price: &self.price,
            compare_at: &self.compare_at_price,
            sku: &self.sku,
            barcode: &self.barcode,
            weight: &self.weight_grams,
            stock: &self.stock,
            stock_was: &self.stock_was,
        };
        self.check_variant(fields, "", &submitted, str::to_owned)
    }

    fn variant(&self, fields: &mut Fields, id: &str) -> Option<VariantInput> {
        let name = |field: &str| format!("variant_{id}_{field}");
        let value = |field: &str| fields.value(&name(field)).to_owned();
        let (price, compare_at, sku) = (value("price"), value("compare_at_price"), value("sku"));
        let (barcode, weight, stock) = (value("barcode"), value("weight_grams"), value("stock"));
        let submitted = SubmittedVariant {
            price: &price,
            compare_at: &compare_at,
            sku: &sku,
            barcode: &barcode,
            weight: &weight,
            stock: &stock,
            stock_was: &value("stock_was"),
        };
        self.check_variant(fields, id, &submitted, name)
    }

    fn check_variant(
        &self,
        fields: &mut Fields,
        id: &str,
        submitted: &SubmittedVariant<'_>,
        name: impl Fn(&str) -> String,
    ) -> Option<VariantInput> {
        let price = admin::parse_amount(fields, &name("price"), submitted.price, &self.currency);
        let compare_at =
            admin::parse_optional_amount(fields, &name("compare_at_price"), submitted.compare_at, &self.currency);
        if let (Some(price), Some(Some(before))) = (price, compare_at)
            && before.minor <= price.minor
        {
            fields.add_error(&name("compare_at_price"), Message::CompareAtPriceTooLow);
        }
        if self.gift_card == "1" && price.is_some_and(|price| price.minor == 0) {
            fields.add_error(&name("price"), Message::GiftCardPriceMissing);
        }
        let (sku, barcode) = (submitted.sku.trim(), submitted.barcode.trim());
        for (field, text, message) in [
            ("sku", sku, Message::SkuTooLong { max: MAX_CODE }),
            ("barcode", barcode, Message::BarcodeTooLong { max: MAX_CODE }),
        ] {
            if admin::is_longer(text, MAX_CODE) {
                fields.add_error(&name(field), message);
            }
        }
        let stock = admin::parse_integer(fields, &name("stock"), submitted.stock, 0, (0, MAX_QUANTITY));
        let weight_g = admin::parse_integer(fields, &name("weight_grams"), submitted.weight, 0, (0, MAX_QUANTITY));
        Some(VariantInput {
            public_id: id.to_owned(),
            price: price?,
            compare_at: compare_at?,
            sku: sku.to_owned(),
            barcode: barcode.to_owned(),
            weight_g: weight_g?,
            stock: stock?,
            stock_was: submitted.stock_was.trim().parse().unwrap_or(stock?),
        })
    }
}

struct SubmittedVariant<'a> {
    price: &'a str,
    compare_at: &'a str,
    sku: &'a str,
    barcode: &'a str,
    weight: &'a str,
    stock: &'a str,
    stock_was: &'a str,
}

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

/// Splits by lines, or on a single line by semicolons, else by commas. A comma between two digits is a decimal comma,
/// unless all parts are whole numbers.
pub fn split_values(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let parts: Vec<String> = if text.contains('\n') {
        text.split('\n').map(str::to_owned).collect()
    } else if text.contains(';') {
        text.split(';').map(str::to_owned).collect()
    } else {
        split_at_commas(&text)
    };
    parts.iter().map(|value| normalisation::normalise(value)).filter(|value| !value.is_empty()).collect()
}

fn split_at_commas(line: &str) -> Vec<String> {
    let is_number = |part: &str| !part.is_empty() && !part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
    if line.split(',').all(|part| is_number(part.trim())) {
        return line.split(',').map(str::to_owned).collect();
    }
    let mut values = vec![String::new()];
    let mut characters = line.chars().peekable();
    let mut after_digit = false;
    while let Some(character) = characters.next() {
        let is_decimal = after_digit && characters.peek().is_some_and(char::is_ascii_digit);
        match values.last_mut() {
            Some(value) if character != ',' || is_decimal => value.push(character),
            _ => values.push(String::new()),
        }
        after_digit = character.is_ascii_digit();
    }
    values
}

/// The inverse of [`split_values`].
pub fn join_values(values: &[&str]) -> String {
    if !values.iter().any(|value| value.contains([',', ';'])) {
        return values.join(", ");
    }
    // The line end makes `split_values` split by lines even if there is only one.
    values.iter().map(|value| format!("{value}\n")).collect()
}

fn parse_options(fields: &mut Fields) -> Vec<OptionInput> {
    let mut options: Vec<OptionInput> = Vec::new();
    for number in 1..=MAX_OPTIONS {
        let (name_field, values_field) = (format!("option_name_{number}"), format!("option_values_{number}"));
        let name = normalisation::normalise(fields.value(&name_field));
        let values = split_values(fields.value(&values_field));
        if name.is_empty() && values.is_empty() {
            continue;
        }
        if name.is_empty() {
            fields.add_error(&name_field, Message::OptionNameMissing);
        } else if admin::is_longer(&name, limits::OPTION) {
            fields.add_error(&name_field, Message::OptionNameTooLong { max: limits::OPTION });
        } else if options.iter().any(|other| is_same(&other.name, &name)) {
            fields.add_error(&name_field, Message::OptionNameTaken { name: name.clone() });
        }
        if values.is_empty() {
            fields.add_error(&values_field, Message::OptionValuesMissing);
        }
        for (index, value) in values.iter().enumerate() {
            if admin::is_longer(value, limits::OPTION) {
                fields.add_error(&values_field, Message::OptionValueTooLong { max: limits::OPTION });
            } else if values.iter().take(index).any(|other| is_same(other, value)) {
                fields.add_error(&values_field, Message::OptionValueTwice { value: value.clone() });
            }
        }
        options.push(OptionInput { name, values });
    }
    let combinations = options.iter().map(|option| option.values.len()).fold(1, usize::saturating_mul);
    if combinations > MAX_VARIANTS {
        fields.add_error("option_values_1", too_many_variants(combinations));
    }
    options
}

fn is_same(one: &str, other: &str) -> bool {
    normalisation::fold_case(one) == normalisation::fold_case(other)
}

fn or_default<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// Pictures to keep, ordered by the positions typed; those without one come last.
fn parse_pictures(ids: &[String], fields: &mut Fields) -> Vec<(String, String)> {
    let mut pictures: Vec<(i64, &String, String)> = Vec::new();
    for id in ids {
        let is_removed = fields.has_value(&format!("remove_{id}"), "1");
        if is_removed || pictures.iter().any(|(_, other, _)| *other == id) {
            continue;
        }
        let alt = fields.value(&format!("alt_{id}")).trim().to_owned();
        if admin::is_longer(&alt, MAX_ALT_TEXT) {
            fields.add_error(&format!("alt_{id}"), Message::PicturesDescriptionTooLong { max: MAX_ALT_TEXT });
        }
        let position = fields.value(&format!("position_{id}")).trim().parse().unwrap_or(i64::MAX);
        pictures.push((position, id, alt));
    }
    pictures.sort_by_key(|(position, ..)| *position);
    pictures.into_iter().map(|(_, id, alt)| (id.clone(), alt)).collect()
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
            let values: Vec<String> = values.iter().map(|value| normalisation::normalise(value)).filter(|v| !v.is_empty()).collect();
            prop_assume!(!values.is_empty());
            let shown = join_values(&values.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(split_values(&shown), values);
        }
    }
}
