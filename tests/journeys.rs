//! People at work, end to end through the pages.

mod buy_as_guest;
mod buy_last_one;
mod buy_variants;
mod collect_and_pay;
mod double_submit;
mod gift_cards;
mod papers;
mod parcels;
mod password_reset;
mod pay_by_card;
mod pay_by_stripe;
mod publish_post;
mod quote_changed;
mod returns;
mod sell_and_fulfil;
mod setup;
mod stripe_amounts;
mod unpaid_transfers;
mod use_a_code;
mod waiting_order;
mod whole_path;
