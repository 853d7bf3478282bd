//! A customer's stored data, as JSON and as text.

use serde_json::{Value, json};

use crate::models::maintenance::personal_data::PersonalData;
use crate::models::people::account::addresses::PostalAddress;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::{Address, OrderDetails, OrderLine};
use crate::presenters::format::Format;
use crate::presenters::people::device::device_label;
use crate::presenters::sales::account_pages::postal_address_lines;
use crate::presenters::sales::labels::document_label;
use crate::views::account::privacy::DataSection;

/// Everything, with amounts in minor units and times in UTC (RFC 3339).
pub fn to_json(data: &PersonalData) -> Value {
    let account = &data.account;
    json!({
        "account": {
            "name": account.name,
            "email": account.email,
            "language": account.locale,
            "registered_at": data.registered_at.rfc3339(),
            "last_login_at": account.last_login_at.map(|at| at.rfc3339()),
            "staff_note": data.staff_note,
        },
        "addresses": data.addresses.iter().map(|address| json!({
            "is_delivery_default": address.defaults.is_delivery_default,
            "is_billing_default": address.defaults.is_billing_default,
            "address": postal_address(&address.address),
        })).collect::<Vec<_>>(),
        "consents": data.consents.iter().map(|consent| json!({
            "kind": consent.kind.as_str(),
            "given_at": consent.given_at.rfc3339(),
            "withdrawn_at": consent.withdrawn_at.map(|at| at.rfc3339()),
        })).collect::<Vec<_>>(),
        "identities": data.identities.iter().map(|identity| json!({
            "issuer": identity.issuer,
            "subject": identity.subject,
            "email": identity.email,
            "linked_at": identity.created_at.rfc3339(),
            "last_used_at": identity.last_used_at.map(|at| at.rfc3339()),
        })).collect::<Vec<_>>(),
        "sessions": data.sessions.iter().map(|session| json!({
            "created_at": session.created_at.rfc3339(),
            "last_seen_at": session.last_seen_at.rfc3339(),
            "network": session.network,
            "user_agent": session.user_agent,
        })).collect::<Vec<_>>(),
        "cart": data.cart.iter().map(|line| json!({
            "item": line.name(),
            "sku": line.variant.sku,
            "quantity": line.quantity,
        })).collect::<Vec<_>>(),
        "orders": data.orders.iter().map(|(details, invoices)| order(details, invoices)).collect::<Vec<_>>(),
        "emails": data.emails.iter().map(|(at, subject)| json!({
            "written_at": at.rfc3339(),
            "subject": subject,
        })).collect::<Vec<_>>(),
    })
}

fn postal_address(address: &PostalAddress) -> Value {
    json!({
        "name": address.name, "company": address.company, "line1": address.line1, "line2": address.line2,
        "postcode": address.postcode, "city": address.city, "region": address.region, "country": address.country,
        "phone": address.phone, "vat_number": address.vat_number,
    })
}

fn order_address(address: &Address) -> Value {
    json!({
        "name": address.name, "company": address.company, "line1": address.line1, "line2": address.line2,
        "postcode": address.postcode, "city": address.city, "region": address.region, "country": address.country,
        "phone": address.phone, "vat_number": address.vat_number,
    })
}

fn order(details: &OrderDetails, invoices: &[Invoice]) -> Value {
    let order = &details.order;
    let line = |line: &OrderLine| {
        json!({
            "title": line.name(),
            "sku": line.sku,
            "quantity": line.quantity,
            "unit_minor": line.unit_minor,
            "total_minor": line.total_minor,
        })
    };
    let invoice = |invoice: &Invoice| {
        json!({
            "number": invoice.label(),
            "issued_at": invoice.issued_at.rfc3339(),
            "content": serde_json::from_str::<Value>(&invoice.snapshot).unwrap_or_default(),
        })
    };
    json!({
        "number": order.number,
        "email": order.email,
        "state": order.state.as_str(),
        "payment_state": order.payment_state.as_str(),
        "payment_method": order.payment_method.as_str(),
        "placed_at": order.placed_at.map(|at| at.rfc3339()),
        "currency": order.currency.code(),
        "goods_minor": order.totals.goods_minor,
        "discount_minor": order.totals.discount_minor,
        "shipping_minor": order.totals.shipping_minor,
        "tax_minor": order.totals.tax_minor,
        "total_minor": order.totals.total_minor,
        "refunded_minor": order.totals.refunded_minor,
        "address": order_address(&details.address),
        "shipping_method": details.delivery.shipping_name,
        "note": details.delivery.notes.note,
        "lines": details.lines.iter().map(line).collect::<Vec<_>>(),
        "invoices": invoices.iter().map(invoice).collect::<Vec<_>>(),
    })
}

/// The same to read.
pub fn data_sections(data: &PersonalData, home: &str, format: &Format) -> Vec<DataSection> {
    let (t, account) = (format.locale, &data.account);
    let order_line = |(details, invoices): &(OrderDetails, Vec<Invoice>)| {
        let order = &details.order;
        let label = match &order.number {
            Some(number) => t.order_title(number),
            None => t.order_title_unnumbered().to_owned(),
        };
        let when = format.date(order.placed_at.unwrap_or(order.created_at)).text;
        let total = format.amount_in(order.totals.total_minor, order.currency).text;
        let items = details.lines.iter().map(|line| t.common_quantity(line.quantity, line.name()));
        let documents = invoices.iter().map(|invoice| document_label(t, invoice));
        [label, when, total].into_iter().chain(items).chain(documents).collect::<Vec<_>>().join(", ")
    };
    vec![
        DataSection {
            title: t.account_page_you(),
            lines: vec![
                account.name.clone(),
                account.email.clone(),
                t.account_page_registered_on(format.date(data.registered_at).text),
            ],
        },
        DataSection {
            title: t.account_page_addresses(),
            lines: data
                .addresses
                .iter()
                .map(|address| postal_address_lines(&address.address, home, t).join(", "))
                .collect(),
        },
        DataSection {
            title: t.account_page_consents(),
            lines: data
                .consents
                .iter()
                .map(|consent| match consent.withdrawn_at {
                    Some(at) => t.account_page_marketing_withdrawn(format.date(at).text),
                    None => t.account_page_marketing_given(format.date(consent.given_at).text),
                })
                .collect(),
        },
        DataSection {
            title: t.identity_title(),
            lines: data
                .identities
                .iter()
                .map(|identity| [identity.issuer.as_str(), &identity.email, &identity.subject].join(", "))
                .collect(),
        },
        DataSection {
            title: t.account_security_sessions(),
            lines: data
                .sessions
                .iter()
                .map(|session| {
                    let device = device_label(t, &session.user_agent);
                    [device, format.date_time(session.last_seen_at).text, session.network.clone()].join(", ")
                })
                .collect(),
        },
        DataSection {
            title: t.account_page_cart(),
            lines: data.cart.iter().map(|line| t.common_quantity(line.quantity, line.name())).collect(),
        },
        DataSection { title: t.account_page_staff_note(), lines: data.staff_note.lines().map(str::to_owned).collect() },
        DataSection { title: t.account_page_orders(), lines: data.orders.iter().map(order_line).collect() },
        DataSection {
            title: t.account_page_emails(),
            lines: data.emails.iter().map(|(at, subject)| format!("{}, {subject}", format.date(*at).text)).collect(),
        },
    ]
}
