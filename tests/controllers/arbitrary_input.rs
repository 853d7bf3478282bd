//! Property tests: no input panics in a form or parser or fails a page. Overflows panic, here and in released
//! binaries.

use proptest::prelude::*;
use proptest::sample::select;
use tradepost::forms::{Fields, FormObject, account, admin, shop};
use tradepost::models::people::account::roles::Role;
use tradepost::support::email_address::EmailAddress;
use tradepost::support::i18n::Locale;
use tradepost::support::markdown::PicturePolicy;
use tradepost::support::money::{Currency, Money, parse_percent};
use tradepost::support::vat_number::VatNumber;
use tradepost::support::{clock, country, markdown, postcode, slug, subdivision, token};

use crate::support::TestShop;

/// Edge-case numbers, invalid dates, unusual characters and meaningful strings.
pub const NASTY: &[&str] = &[
    "",
    " ",
    "0",
    "-0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999999999999999999999999",
    "170141183460469231731687303715884105728",
    "92233720368547758.07",
    "92233720368547758.08",
    "-92233720368547758.08",
    "0.000000000000000000000000000001",
    "1e308",
    "1e-308",
    "NaN",
    "inf",
    "0x7f",
    "1,2,3.4",
    "1.000.000,00",
    "\u{0661}\u{0662}\u{0663}",
    "\u{ff11}\u{ff12}",
    "2026-02-30",
    "-9999-01-01T00:00",
    "9999-12-31T23:59:59.999999999",
    "+292277026596-12-04T15:30",
    "0000-00-00T00:00",
    "2026-03-29T02:30",
    "Mars/Olympus",
    "\u{0}",
    "\u{1f600}",
    "e\u{301}\u{323}\u{302}",
    "\u{202e}abc",
    "\u{feff}",
    "\u{fdfa}",
    "\u{df}\u{130}\u{131}\u{1e9e}",
    "\u{d55c}\u{ae00}",
    "%",
    "%00",
    "%ff",
    "'; DROP TABLE orders;--",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "../../etc/passwd",
    "a@b",
    "a@[127.0.0.1]",
    "@@@@",
    "DE136695976",
    "ATU12345675",
    "XX",
    "*",
    "EU",
    "10000-99999,1*",
    "9..0",
    "A1A 1A1-Z9Z",
    "1 2 -9223372036854775808",
    "0000-0000-0000-0000",
    "percent",
    "fixed",
    "EUR",
    "JPY",
    "UTC",
];

/// Every field name that a form reads, including those of a line, a variant and a return.
pub const NAMES: &[&str] = &[
    "accent",
    "active",
    "amount",
    "announcement",
    "answer_1",
    "applies_to_shipping",
    "balance",
    "balance_was",
    "bank_account",
    "barcode",
    "body",
    "business_address",
    "carrier",
    "cart_version",
    "categories",
    "city",
    "code",
    "company",
    "compare_at_price",
    "compound",
    "condition_1_1",
    "contact_email",
    "content",
    "countries",
    "country",
    "cover_alt",
    "cover_id",
    "cover_remove",
    "cross_border",
    "currency",
    "description",
    "email",
    "ends_at",
    "excerpt",
    "expires_on",
    "facts",
    "featured",
    "footer_note",
    "free_over",
    "gift_card",
    "hero_text",
    "hero_title",
    "kind",
    "line1",
    "line2",
    "lines",
    "locale",
    "lock_version",
    "low_at",
    "max_weight_grams",
    "min_weight_grams",
    "minimum",
    "name",
    "note",
    "option_1",
    "option_name_1",
    "option_values_1",
    "option_name_2",
    "option_values_2",
    "order_number_start",
    "parcel",
    "password",
    "payment_method",
    "per_customer_limit",
    "phone",
    "picture",
    "position",
    "postcode",
    "price",
    "price_per",
    "prices_include_tax",
    "priority",
    "product_id",
    "products",
    "quantity",
    "quantity_1",
    "quote",
    "rate",
    "reason",
    "refund_quantity_1",
    "refund_shipping",
    "region",
    "restock",
    "return",
    "return_quantity_1",
    "return_reason",
    "shipping_method",
    "shipping_tax",
    "site_name",
    "sku",
    "slug",
    "starts_at",
    "status",
    "stock",
    "stock_hold_minutes",
    "refund_confirmation_limit",
    "stock_was",
    "story_text",
    "tagline",
    "tags",
    "tax_class",
    "tax_rounding",
    "then",
    "tier_basis",
    "tier_from_1",
    "tier_price_1",
    "time_zone",
    "title",
    "tracking_number",
    "tracking_url",
    "usage_limit",
    "valid_from",
    "valid_to",
    "value",
    "variant_1_barcode",
    "variant_1_price",
    "variant_1_sku",
    "variant_1_stock",
    "variant_1_stock_was",
    "variant_1_weight_grams",
    "variant_id",
    "vat_number",
    "weight_grams",
];

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(NASTY).prop_map(str::to_owned),
        1 => select(NASTY).prop_map(|nasty| nasty.repeat(50)),
        1 => "\\PC{0,40}",
        1 => "[-+0-9.,:TeE ]{0,40}",
        1 => any::<i64>().prop_map(|number| number.to_string()),
    ]
}

fn any_field() -> impl Strategy<Value = Fields> {
    let fields = proptest::collection::vec((select(NAMES), any_text()), 1..60);
    fields.prop_map(|typed| {
        // Values that lead into deeper validation, unless overwritten.
        let mut fields =
            Fields::from_pairs([("currency", "EUR".to_owned()), ("time_zone", "Europe/Berlin".to_owned())]);
        fields.set("lines", "1 2".to_owned());
        fields.set("return", "1".to_owned());
        for (name, value) in typed {
            fields.set(name, value);
        }
        fields
    })
}

fn assert_no_panic<T: FormObject>(fields: &Fields) {
    let _output = fields.clone().check::<T>();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn r51_no_form_panics(fields in any_field()) {
        assert_no_panic::<account::LogInForm>(&fields);
        assert_no_panic::<account::NewPasswordForm>(&fields);
        assert_no_panic::<account::SetupForm>(&fields);
        assert_no_panic::<shop::AddToCartForm>(&fields);
        assert_no_panic::<shop::CartLineForm>(&fields);
        assert_no_panic::<shop::ApplyCodeForm>(&fields);
        assert_no_panic::<shop::ReturnForm>(&fields);
        assert_no_panic::<shop::CheckoutForm>(&fields);
        assert_no_panic::<admin::checkout::coupons::CouponForm>(&fields);
        assert_no_panic::<admin::checkout::gift_cards::GiftCardForm>(&fields);
        assert_no_panic::<admin::checkout::gift_cards::BalanceForm>(&fields);
        assert_no_panic::<admin::checkout::gift_cards::ExpiryForm>(&fields);
        assert_no_panic::<admin::sales::orders::FulfilmentForm>(&fields);
        assert_no_panic::<admin::sales::orders::ResendFulfilmentForm>(&fields);
        assert_no_panic::<admin::sales::orders::RefundForm>(&fields);
        assert_no_panic::<admin::sales::orders::ReturnForm>(&fields);
        assert_no_panic::<admin::sales::orders::RefuseReturnForm>(&fields);
        assert_no_panic::<admin::sales::orders::ReceiveReturnForm>(&fields);
        assert_no_panic::<admin::sales::orders::NoteForm>(&fields);
        assert_no_panic::<admin::content::pictures::PictureForm>(&fields);
        assert_no_panic::<admin::content::posts::PostForm>(&fields);
        assert_no_panic::<admin::catalog::products::ProductForm>(&fields);
        assert_no_panic::<admin::platform::settings::SettingsForm>(&fields);
        assert_no_panic::<admin::checkout::shipping_methods::ShippingMethodForm>(&fields);
        assert_no_panic::<admin::catalog::stock::StockForm>(&fields);
        assert_no_panic::<admin::checkout::tax_rates::TaxRateForm>(&fields);
        assert_no_panic::<admin::checkout::tax_overrides::TaxOverrideForm>(&fields);
    }

    #[test]
    fn r78_no_parser_panics(one in any_text(), other in any_text()) {
        for code in ["EUR", "JPY", "KWD"] {
            if let Some(money) = Money::parse(&one, Currency::from_code(code).unwrap(), Locale::De) {
                let _shown = (money.to_decimal(), money.format(Locale::De), money.format(Locale::En));
            }
        }
        let _percent = parse_percent(&one);
        let _vat = VatNumber::parse(&one, &other);
        let _email = EmailAddress::parse(&one);
        let _code = token::parse_code(&one);
        let _slug = (slug::from_title(&one), slug::search_words(&one), slug::search_words_with_suffixes(&one), slug::is_slug(&one));
        let _country = country::Country::find(&one);
        let _day = clock::parse_day(&one);
        if let Some(at) = clock::Utc::parse_in(&other, &one) {
            let _shown = (at.format_in(&one, "%-d %B %Y"), at.sql_text(), at.rfc3339());
        }
        for country in ["DE", "US", other.as_str()] {
            if let Ok(patterns) = postcode::parse_patterns(&one, country) {
                let _fits = postcode::matches_any(&patterns, country, &other);
            }
            let _fits = postcode::matches_any(&one, country, &other);
            let _region = subdivision::parse_region(country, &one, &other);
        }
        let _body = (markdown::render(&one, PicturePolicy::Library), markdown::truncate_at_word(&one, 7));
    }
}

#[actix_web::test]
async fn r38_no_page_fails_on_an_arbitrary_query() {
    let shop = TestShop::new().await;
    shop.product("Mug").category("cups").create().await;
    shop.create_published_post("News", "Words.").await;
    let owner = shop.log_in_as(Role::Owner).await;
    let lists = [
        "/shop",
        "/shop/cups",
        "/blog",
        "/search",
        "/products/mug",
        "/admin/posts",
        "/admin/products",
        "/admin/orders",
        "/admin/stock",
        "/admin/outbox",
        "/admin/pictures",
        "/admin/discounts",
        "/admin/gift-cards",
        "/admin/webhooks",
        "/password/reset",
        "/login",
    ];
    for nasty in NASTY.iter().filter(|nasty| !nasty.contains('\0')) {
        let long = nasty.repeat(9);
        for path in lists {
            let names = ["page", "sort", "q", "after", "before", "tab", "at", "next", "token"];
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(names.iter().map(|name| (*name, if *name == "q" { long.as_str() } else { *nasty })))
                .finish();
            let page = owner.get_without_redirect(&format!("{path}?{query}")).await;
            assert!(page.status < 500, "{path} with {nasty:?}: {}", page.status);
        }
        for name in ["page", "after", "before"] {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, nasty).finish();
            for path in ["/shop", "/admin/orders", "/admin/products"] {
                let page = owner.get_without_redirect(&format!("{path}?{query}")).await;
                assert!(page.status < 500, "{path} with {name}={nasty:?}: {}", page.status);
            }
        }
    }
    let paths = ["/orders/X", "/pay/test/X", "/products/X", "/blog/X", "/admin/orders/X", "/admin/outbox/X", "/shop/X"];
    for nasty in NASTY.iter().filter(|nasty| !nasty.contains('\0')) {
        let segment: String = url::form_urlencoded::byte_serialize(nasty.as_bytes()).collect();
        for path in paths {
            let page = owner.get_without_redirect(&path.replace('X', &segment.replace('+', "%20"))).await;
            assert!(page.status < 500, "{path} with {nasty:?}: {}", page.status);
        }
    }
}
