//! Orders, payments, returns and invoices.

pub mod account_pages;
pub mod admin_customer;
pub mod admin_labels;
pub mod admin_order;
pub mod admin_return;
pub mod admin_webhook;
pub mod attention;
pub mod audit_log;
pub mod dashboard;
pub mod invoice_document;
pub mod labels;
pub mod order_details;
pub mod order_email;
pub mod order_page;
pub mod packing_slip;
pub mod privacy_export;
pub mod refund;
pub mod returns;
pub mod timeline;
