//! Ways of sending: to which countries, how heavy, at what price.

use diesel::prelude::*;

use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::schema::shipping_methods;
use crate::support::money::Currency;

/// A way of sending, or of fetching it oneself.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = shipping_methods, check_for_backend(Db))]
pub struct ShippingMethod {
    /// For forms and the admin's URLs.
    pub public_id: String,
    /// As buyers read it.
    pub name: String,
    /// ISO codes separated by blanks, or `*` for wherever no other method goes.
    pub countries: String,
    /// Price in minor units, on the shop's basis.
    pub price_minor: i64,
    /// Free from this value of goods on.
    pub free_over_minor: Option<i64>,
    /// From this weight on, grams.
    pub min_weight_g: i64,
    /// Up to this weight, grams.
    pub max_weight_g: Option<i64>,
    /// The buyer comes for it.
    pub pickup: bool,
    /// Order in lists.
    pub position: i64,
}

impl ShippingMethod {
    /// All methods, in the shop's order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<ShippingMethod>> {
        let order = (shipping_methods::position, shipping_methods::id);
        Ok(shipping_methods::table.order(order).select(ShippingMethod::as_select()).load(conn)?)
    }

    /// The methods for a parcel: those that name the country; those for `*` only where no parcel method names it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn offered(conn: &mut Conn, country: &str, weight_g: i64) -> Result<Vec<ShippingMethod>> {
        let mut all = ShippingMethod::all(conn)?;
        all.retain(|method| weight_g >= method.min_weight_g && method.max_weight_g.is_none_or(|most| weight_g <= most));
        let named = all.iter().any(|method| !method.pickup && method.names(country));
        all.retain(|method| method.names(country) || (!named && method.countries == "*"));
        Ok(all)
    }

    fn names(&self, country: &str) -> bool {
        self.countries.split(' ').any(|code| code == country)
    }

    /// What it costs for goods of a value, in minor units.
    pub fn price_for(&self, goods_minor: i64) -> i64 {
        if self.free_over_minor.is_some_and(|over| goods_minor >= over) { 0 } else { self.price_minor }
    }

    /// A method by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<ShippingMethod> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        Ok(mine.select(ShippingMethod::as_select()).first(conn)?)
    }

    /// Adds the method, or replaces the one of the same public id.
    ///
    /// # Errors
    /// `NotFound` when it was deleted meanwhile.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let values = (
            shipping_methods::name.eq(&self.name),
            shipping_methods::countries.eq(&self.countries),
            shipping_methods::price_minor.eq(self.price_minor),
            shipping_methods::free_over_minor.eq(self.free_over_minor),
            shipping_methods::min_weight_g.eq(self.min_weight_g),
            shipping_methods::max_weight_g.eq(self.max_weight_g),
            shipping_methods::pickup.eq(self.pickup),
            shipping_methods::position.eq(self.position),
        );
        let saved = if self.public_id.is_empty() {
            let id = tx.public_id()?;
            let row = (shipping_methods::public_id.eq(id), values);
            diesel::insert_into(shipping_methods::table).values(row).execute(tx.conn())?
        } else {
            let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(&self.public_id));
            diesel::update(mine).set(values).execute(tx.conn())?
        };
        if saved == 1 { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Removes a method; orders keep its name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        diesel::delete(mine).execute(tx.conn())?;
        Ok(())
    }
}

/// Gives a new shop a parcel inside its country, so that the first order can be placed: five of the major unit.
///
/// # Errors
/// When the database refuses.
pub fn begin_with(tx: &mut Tx<'_>, country: &str, currency: Currency) -> Result<()> {
    let parcel = ShippingMethod {
        public_id: String::new(),
        name: "Standard parcel".to_owned(),
        countries: country.to_owned(),
        price_minor: 5 * currency.scale(),
        free_over_minor: None,
        min_weight_g: 0,
        max_weight_g: None,
        pickup: false,
        position: 1,
    };
    parcel.save(tx)
}
