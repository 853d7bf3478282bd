//! The models on a real database: what each promises, and what several at once cannot break.

mod audited;
mod discounts;
mod form_submissions;
mod gate;
mod gift_cards;
mod jobs;
mod large_shop;
mod machines;
mod orders;
mod papers;
mod parcels;
mod plans;
mod prices;
mod refunds;
mod renamed;
mod retention;
mod returns;
mod stock;
mod variants;
mod writes;
