//! Floor 2: the domain. Models know no HTTP, no settings file, no template: reads take a connection, writes a `Tx`.

pub mod account;
pub mod audit;
pub mod cart;
pub mod category;
pub mod coupon;
pub mod fact;
pub mod gate;
pub mod gift_card;
pub mod invoice;
pub mod job;
pub mod letter;
pub mod media;
pub mod order;
pub mod payment;
pub mod post;
pub mod product;
pub mod quote;
pub mod redirect;
pub mod session;
pub mod setting;
pub mod shipping_method;
pub mod tag;
pub mod tax_rate;
pub mod throttle;
pub mod variant;
pub mod webhook;
