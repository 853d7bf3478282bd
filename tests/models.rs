//! The models on a real database: what each promises, and what several at once cannot break.

mod orders;
mod papers;
mod refunds;
mod stock;
mod writes;
