//! End-to-end journeys through the pages.

mod buy_as_guest;
mod buy_last_one;
mod buy_variants;
mod buy_with_account;
mod buyer_notes;
mod double_submit;
mod first_sale;
mod fulfilments;
mod gift_cards;
mod invoices;
mod password_reset;
mod pay_by_card;
mod pay_by_stripe;
mod pay_on_pickup;
mod publish_post;
mod quote_changed;
mod resume_payment;
mod returns;
mod sell_and_fulfil;
mod setup;
mod stripe_amounts;
mod unpaid_transfers;
mod use_discount_code;
