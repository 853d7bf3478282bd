//! The models on a real database: what each promises, and what several at once cannot break.

mod discounts;
mod gate;
mod gift_cards;
mod jobs;
mod machines;
mod orders;
mod papers;
mod parcels;
mod plans;
mod prices;
mod refunds;
mod retention;
mod returns;
mod stock;
mod variants;
mod writes;
