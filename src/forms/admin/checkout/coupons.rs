//! The discount code form. The controller overwrites `currency` and `time_zone` with the shop's.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin};
use crate::models::checkout::coupon::edit::CouponScope;
use crate::models::checkout::coupon::{Coupon, CouponKind};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::CouponId;
use crate::support::money::parse_percent;
use crate::support::normalisation;

const MAX_USES: i64 = 1_000_000_000;

pub mod limits {
    pub const CODE: u64 = 50;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct CouponForm {
    #[validate(length(max = limits::CODE, code = "code_too_long"))]
    code: String,
    kind: String,
    value: String,
    minimum: String,
    categories: Vec<String>,
    products: Vec<String>,
    active: String,
    usage_limit: String,
    per_customer_limit: String,
    starts_at: String,
    ends_at: String,
    lock_version: String,
    currency: String,
    time_zone: String,
}

impl FormObject for CouponForm {
    type Output = (Coupon, CouponScope);

    fn into_output(self, fields: &mut Fields) -> Option<(Coupon, CouponScope)> {
        let code = normalisation::normalise_nfkc(&self.code);
        if code.is_empty() || !code.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            fields.add_error("code", Message::CouponCodeMalformed);
        }
        let kind = admin::require_choice(fields, "kind", CouponKind::parse(&self.kind));
        let value = kind.and_then(|kind| self.parse_value(fields, kind));
        let minimum = admin::parse_optional_amount(fields, "minimum", &self.minimum, &self.currency);
        let usage_limit = admin::parse_integer(fields, "usage_limit", &self.usage_limit, 0, (1, MAX_USES));
        let per_customer_limit =
            admin::parse_integer(fields, "per_customer_limit", &self.per_customer_limit, 0, (1, MAX_USES));
        let starts_at = parse_optional_time(fields, "starts_at", &self.starts_at, Utc::parse_in, &self.time_zone);
        let ends_at = parse_optional_time(fields, "ends_at", &self.ends_at, Utc::parse_end_in, &self.time_zone);
        if let (Some(Some(start)), Some(Some(end))) = (starts_at, ends_at)
            && end <= start
        {
            fields.add_error("ends_at", Message::CouponEndsTooEarly);
        }
        let coupon = Coupon {
            id: CouponId::from(0),
            public_id: String::new(),
            code,
            kind: kind?,
            value: value?,
            minimum_minor: minimum?.map(|money| money.minor).filter(|minor| *minor > 0),
            usage_limit: usage_limit.map(|limit| (limit > 0).then_some(limit))?,
            per_customer_limit: per_customer_limit.map(|limit| (limit > 0).then_some(limit))?,
            used: 0,
            starts_at: starts_at?,
            ends_at: ends_at?,
            active: self.active != "0",
            lock_version: admin::parse_lock_version(&self.lock_version),
        };
        Some((coupon, CouponScope { products: self.products, categories: self.categories }))
    }
}

impl CouponForm {
    fn parse_value(&self, fields: &mut Fields, kind: CouponKind) -> Option<i64> {
        match kind {
            CouponKind::FreeShipping => Some(0),
            CouponKind::Percent => {
                let ppm = parse_percent(&self.value).filter(|ppm| *ppm > 0);
                if ppm.is_none() {
                    fields.add_error("value", Message::CouponPercentageMalformed);
                }
                ppm
            }
            CouponKind::Fixed => {
                let money = admin::parse_amount(fields, "value", &self.value, &self.currency)?;
                if money.minor == 0 {
                    fields.add_error("value", Message::AmountNotPositive);
                }
                Some(money.minor)
            }
        }
    }
}

/// Parses an optional date and time: `Some(None)` if empty, `None` if invalid.
fn parse_optional_time(
    fields: &mut Fields,
    name: &str,
    text: &str,
    parse: fn(&str, &str) -> Option<Utc>,
    zone: &str,
) -> Option<Option<Utc>> {
    if text.trim().is_empty() {
        return Some(None);
    }
    let time = parse(zone, &normalisation::normalise_nfkc(text));
    if time.is_none() {
        fields.add_error(name, Message::DateTimeMalformed);
    }
    time.map(Some)
}
