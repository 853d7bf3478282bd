//! The rules of forms: functions for `validator`, the message of each rule, and the order of a form's fields.

use serde::de::value::Error as NotRead;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::admin::{is_invisible, normalise};
use crate::support::i18n::Message;

const MEGABYTE: usize = 1_048_576;

pub fn present(text: &str) -> Result<(), ValidationError> {
    require(!text.chars().all(|character| character.is_whitespace() || character.is_control()), "present")
}

/// A rule: the text shows something; see [`is_invisible`].
pub fn visible(text: &str) -> Result<(), ValidationError> {
    require(!is_invisible(text), "visible")
}

pub fn within_a_megabyte(text: &str) -> Result<(), ValidationError> {
    require(normalise(text).len() <= MEGABYTE, "within_a_megabyte")
}

pub fn require(is_met: bool, code: &'static str) -> Result<(), ValidationError> {
    if is_met { Ok(()) } else { Err(ValidationError::new(code)) }
}

pub fn messages(errors: &ValidationErrors) -> Vec<(String, Message)> {
    let first = |kind: &ValidationErrorsKind| match kind {
        ValidationErrorsKind::Field(errors) => errors.first().cloned(),
        ValidationErrorsKind::Struct(_) | ValidationErrorsKind::List(_) => None,
    };
    let message = |error: ValidationError| message(&error).unwrap_or(Message::FieldInvalid);
    let fields = errors.errors().iter();
    fields.filter_map(|(field, kind)| Some((field.to_string(), message(first(kind)?)))).collect()
}

/// The message of a broken rule, by its code. `length` is the code of lengths without a code of their own.
fn message(error: &ValidationError) -> Option<Message> {
    let max = error.params.get("max").and_then(serde_json::Value::as_i64).unwrap_or_default();
    Some(match error.code.as_ref() {
        "length" => Message::TooLong { max },
        "announcement_too_long" => Message::AnnouncementTooLong { max },
        "bank_account_too_long" => Message::BankAccountTooLong { max },
        "business_address_too_long" => Message::BusinessAddressTooLong { max },
        "button_label_too_long" => Message::ButtonLabelTooLong { max },
        "caption_too_long" => Message::CaptionTooLong { max },
        "carrier_too_long" => Message::CarrierTooLong { max },
        "categories_too_long" => Message::CategoriesTooLong,
        "client_id_missing" => Message::ClientIdMissing,
        "code_missing" => Message::CodeMissing,
        "code_too_long" => Message::CodeTooLong { max },
        "credit_too_long" => Message::CreditTooLong { max },
        "description_too_long" => Message::DescriptionTooLong { max },
        "details_too_long" => Message::DetailsTooLong,
        "footer_note_too_long" => Message::FooterNoteTooLong { max },
        "full_name_missing" => Message::FullNameMissing,
        "gift_card_reason_missing" => Message::GiftCardReasonMissing,
        "headline_too_long" => Message::HeadlineTooLong { max },
        "impersonation_reason_missing" => Message::ImpersonationReasonMissing,
        "issuer_missing" => Message::IssuerMissing,
        "link_too_long" => Message::LinkTooLong,
        "name_missing" => Message::NameMissing,
        "name_too_long" => Message::NameTooLong { max },
        "note_missing" => Message::NoteMissing,
        "note_too_long" => Message::NoteTooLong { max },
        "order_number_missing" => Message::OrderNumberMissing,
        "one_time_code_missing" => Message::OneTimeCodeMissing,
        "own_name_missing" => Message::OwnNameMissing,
        "password_missing" => Message::PasswordMissing,
        "password_too_long" => Message::PasswordTooLong,
        "picture_description_too_long" => Message::PictureDescriptionTooLong { max },
        "post_too_large" => Message::PostTooLarge,
        "post_too_long" => Message::PostTooLong,
        "postcode_too_long" => Message::PostcodeTooLong { max },
        "reason_too_long" => Message::ReasonTooLong { max },
        "region_too_long" => Message::RegionTooLong { max },
        "return_reason_missing" => Message::ReturnReasonMissing,
        "shipping_method_missing" => Message::ShippingMethodMissing,
        "shipping_name_missing" => Message::ShippingNameMissing,
        "site_name_missing" => Message::SiteNameMissing,
        "site_name_too_long" => Message::SiteNameTooLong { max },
        "site_title_missing" => Message::SiteTitleMissing,
        "story_too_long" => Message::StoryTooLong { max },
        "summary_too_long" => Message::SummaryTooLong { max },
        "tagline_too_long" => Message::TaglineTooLong { max },
        "tax_name_missing" => Message::TaxNameMissing,
        "tax_region_too_long" => Message::TaxRegionTooLong { max },
        "text_too_long" => Message::TextTooLong { max },
        "title_missing" => Message::TitleMissing,
        "title_too_long" => Message::TitleTooLong { max },
        "tracking_number_too_long" => Message::TrackingNumberTooLong { max },
        "vat_number_too_long" => Message::VatNumberTooLong { max },
        _ => return None,
    })
}

/// The place of a field's errors: as declared, numbered fields as `FormObject::NUMBERED` says, others at the end.
pub fn position(declared: &[&str], numbered: &[(&str, Option<&str>)], name: &str) -> usize {
    let index = |name: &str| declared.iter().position(|field| *field == name);
    // Declared fields have odd numbers, so that numbered ones find room between them.
    let after = |field: Option<&str>| field.and_then(index).map_or(0, |index| 2 * index + 2);
    let group = || numbered.iter().find(|(prefix, _)| name.starts_with(prefix));
    index(name).map(|index| 2 * index + 1).or_else(|| group().map(|(_, field)| after(*field))).unwrap_or(usize::MAX)
}

pub fn field_names<T: DeserializeOwned>() -> Vec<&'static str> {
    let mut names = Vec::new();
    // The reader never gives a value.
    let _unread = T::deserialize(NameReader(&mut names));
    names
}

/// Reads no value: takes the field names that serde asks for.
struct NameReader<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for NameReader<'_> {
    type Error = NotRead;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotRead> {
        Err(NotRead::custom("only names are read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotRead> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn codes(folder: &Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, into);
            } else if !path.ends_with(file!()) {
                let source = std::fs::read_to_string(&path).unwrap();
                for attribute in source.split("#[validate(").skip(1) {
                    into.extend(attribute_codes(attribute.split_once(")]").unwrap().0));
                }
            }
        }
    }

    fn attribute_codes(attribute: &str) -> Vec<String> {
        let rules = attribute.split("),");
        let code = |rule: &str| match rule.split_once("code = \"") {
            Some((_, rest)) => rest.split_once('"').unwrap().0.to_owned(),
            None => rule.split_once('(').unwrap().0.trim().to_owned(),
        };
        rules.map(code).collect()
    }

    #[test]
    fn each_rule_has_a_message_of_its_own() {
        let mut found = BTreeSet::new();
        codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/forms"), &mut found);
        assert!(found.len() > 40, "{found:?}");
        let mut messages: Vec<Message> = Vec::new();
        for code in found {
            let error = ValidationError { code: code.clone().into(), ..ValidationError::new("") };
            let message = message(&error).unwrap_or_else(|| panic!("{code} has no message"));
            assert!(!messages.contains(&message), "{code} has the message of another rule");
            messages.push(message);
        }
    }

    #[test]
    fn numbered_fields_stand_among_the_others() {
        let declared = ["name", "price"];
        let numbered = [("tier_", Some("name")), ("line_", None)];
        let place = |name| position(&declared, &numbered, name);
        let mut names = ["other", "price", "tier_1", "name", "line_3"];
        names.sort_by_key(|name| place(name));
        assert_eq!(names, ["line_3", "name", "tier_1", "price", "other"]);
    }
}
