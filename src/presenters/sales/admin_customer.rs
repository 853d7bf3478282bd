//! Customers as staff see them.

use crate::forms::Fields;
use crate::models::people::account::addresses::{AccountAddress, PostalAddress};
use crate::models::people::account::consents::{Consent, ConsentKind};
use crate::models::people::account::{Account, AccountStatus};
use crate::models::people::customer::{Customer, CustomerListing, Purchases};
use crate::models::platform::email::Email;
use crate::models::sales::order::{Address, Order};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::people::admin_staff::status_pill;
use crate::presenters::platform::admin_email::email_row;
use crate::presenters::sales::admin_labels::payment_pill;
use crate::presenters::sales::order_details::address_lines;
use crate::support::csv;
use crate::support::i18n::Locale;
use crate::support::money::Money;
use crate::views::admin::Pill;
use crate::views::admin::people::customers::{OrderRow, Row, Show, TagLink};
use crate::views::admin::platform::audit_logs;

pub fn present_customer_row(listing: CustomerListing, format: &Format) -> Row {
    let CustomerListing { customer, tags, purchases } = listing;
    Row {
        href: paths::admin::customer(&customer.public_id),
        name: customer_name(format.locale, &customer),
        has_account: customer.account_id.is_some(),
        tags: tags.iter().map(|tag| tag_link(tag)).collect(),
        orders: purchases.order_count,
        spent: spent_text(&purchases, format),
        last_order: purchases.last_order_at.map(|at| format.date(at)),
        email: customer.email,
    }
}

fn customer_name(t: Locale, customer: &Customer) -> String {
    if customer.name.is_empty() { t.admin_customer_nameless().to_owned() } else { customer.name.clone() }
}

fn tag_link(tag: &str) -> TagLink {
    TagLink { name: tag.to_owned(), href: paths::with_query_param(paths::admin::customers(), "tag", tag) }
}

/// The sums in each currency, the shop's if nothing was bought.
fn spent_text(purchases: &Purchases, format: &Format) -> String {
    if purchases.spent.is_empty() {
        return format.amount(0).text;
    }
    let amounts = purchases.spent.iter().map(|(currency, minor)| format.amount_in(*minor, *currency).text);
    amounts.collect::<Vec<_>>().join(", ")
}

/// What the page of a customer shows.
pub struct CustomerPage {
    pub customer: Customer,
    pub account: Option<Account>,
    pub tags: Vec<String>,
    pub purchases: Purchases,
    /// Empty for staff who do not see orders.
    pub orders: Vec<Order>,
    /// Where the orders were sent.
    pub addresses: Vec<Address>,
    pub account_addresses: Vec<AccountAddress>,
    pub consents: Vec<Consent>,
    /// Empty for staff who do not read the outbox.
    pub emails: Vec<Email>,
    /// What happened to the customer and the account, the newest first.
    pub timeline: Vec<audit_logs::Row>,
    /// The country of the shop.
    pub home: String,
    pub can_manage: bool,
    pub can_impersonate: bool,
}

/// Forms of the page to render again as they were typed.
#[derive(Default)]
pub struct CustomerForms {
    pub details: Option<Fields>,
    pub merge: Fields,
    pub impersonation: Fields,
    /// Without fields: only why it was refused.
    pub erasure: Fields,
}

pub fn present_customer(page: CustomerPage, forms: CustomerForms, format: &Format) -> Show {
    let CustomerPage { customer, account, tags, purchases, orders, emails, timeline, home, .. } = page;
    let t = format.locale;
    let is_active = account.as_ref().is_some_and(|account| account.status == AccountStatus::Active);
    let mut address_texts: Vec<String> = Vec::new();
    let kept = page.account_addresses.into_iter().map(|kept| order_address(kept.address));
    for address in &kept.chain(page.addresses).collect::<Vec<_>>() {
        let text = address_lines(address, &home, t).join("\n");
        if !address_texts.contains(&text) {
            address_texts.push(text);
        }
    }
    let saved = || customer_fields(&customer, &tags);
    Show {
        t,
        form: forms.details.unwrap_or_else(saved),
        merge: forms.merge,
        impersonation: forms.impersonation,
        erasure: forms.erasure,
        name: customer_name(t, &customer),
        state: match &account {
            Some(account) if account.status == AccountStatus::Active => {
                Pill { text: t.admin_customer_account().to_owned(), kind: "good" }
            }
            Some(account) => status_pill(t, account.status),
            None => Pill { text: t.admin_customer_guest().to_owned(), kind: "" },
        },
        since: t.admin_customer_since(format.date(customer.created_at).text),
        summary: t.admin_customer_summary(purchases.order_count, spent_text(&purchases, format)),
        tags: tags.iter().map(|tag| tag_link(tag)).collect(),
        orders: orders.iter().map(|order| order_row(order, format)).collect(),
        addresses: address_texts.iter().map(|text| text.lines().map(str::to_owned).collect()).collect(),
        emails: emails.into_iter().map(|email| email_row(email, format)).collect(),
        timeline,
        has_marketing_consent: page
            .consents
            .iter()
            .any(|consent| consent.kind == ConsentKind::Marketing && consent.is_given()),
        can_manage: page.can_manage,
        account_version: account.as_ref().map(|account| account.lock_version),
        is_suspended: account.as_ref().is_some_and(|account| account.status == AccountStatus::Suspended),
        can_impersonate: page.can_impersonate && is_active,
        id: customer.public_id,
        email: customer.email,
    }
}

/// An address of an account, as orders have it.
fn order_address(address: PostalAddress) -> Address {
    let PostalAddress { name, company, line1, line2, postcode, city, region, country, phone, vat_number } = address;
    Address { name, company, line1, line2, postcode, city, region, country, phone, vat_number }
}

pub fn customer_fields(customer: &Customer, tags: &[String]) -> Fields {
    Fields::from_pairs([
        ("staff_note", customer.staff_note.clone()),
        ("tags", tags.join(", ")),
        ("lock_version", customer.lock_version.to_string()),
    ])
}

fn order_row(order: &Order, format: &Format) -> OrderRow {
    let number = order.number.clone().unwrap_or_default();
    OrderRow {
        href: paths::admin::order(&number),
        number,
        when: format.date(order.placed_at.unwrap_or(order.created_at)),
        payment: payment_pill(format.locale, order),
        total: format.amount_in(order.totals.total_minor, order.currency),
    }
}

/// The list as a table for spreadsheets.
pub fn customers_csv(customers: &[CustomerListing], t: Locale) -> String {
    let mut text = String::new();
    csv::push_row(
        &mut text,
        &[
            t.admin_customer_column_name(),
            t.admin_customer_column_email(),
            t.admin_customer_column_orders(),
            t.admin_customer_column_spent(),
            t.admin_customer_column_last_order(),
            t.admin_customer_tags(),
        ],
    );
    for CustomerListing { customer, tags, purchases } in customers {
        let spent = purchases
            .spent
            .iter()
            .map(|(currency, minor)| format!("{} {}", Money::new(*minor, *currency).to_decimal(), currency.code()));
        csv::push_row(
            &mut text,
            &[
                &customer.name,
                &customer.email,
                &purchases.order_count.to_string(),
                &spent.collect::<Vec<_>>().join(", "),
                &purchases.last_order_at.map(|at| at.rfc3339()).unwrap_or_default(),
                &tags.join(", "),
            ],
        );
    }
    text
}
