//! The dashboard, what needs attention, orders and all that follows them, payment webhooks.

pub mod attention;
pub mod cancellations;
pub mod dashboards;
pub mod fulfilment_updates;
pub mod fulfilments;
pub mod invoices;
pub mod notes;
pub mod orders;
pub mod packing_slips;
pub mod payments;
pub mod refunds;
pub mod returns;
pub mod vat_numbers;
pub mod webhooks;
