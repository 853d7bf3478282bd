//! Conversions between our own types and columns of both databases.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::data_types::PgTimestamp;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::Sqlite;

use super::{AnyBackend, MultiRawValue};
use crate::support::clock::Utc;
use crate::support::money::Currency;

/// Microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql<Timestamp, Sqlite> for Utc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.sql_text());
        Ok(IsNull::No)
    }
}

impl ToSql<Timestamp, Pg> for Utc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamp, Pg>::to_sql(&PgTimestamp(self.micros() - PG_EPOCH_MICROS), &mut out.reborrow())
    }
}

impl ToSql<Timestamp, AnyBackend> for Utc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, AnyBackend>) -> serialize::Result {
        out.set_value((Timestamp, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Sqlite> for Utc {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Utc> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(Utc::from_sql_text(&text)?)
    }
}

impl FromSql<Timestamp, Pg> for Utc {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Utc> {
        let PgTimestamp(micros) = FromSql::<Timestamp, Pg>::from_sql(value)?;
        Ok(Utc::from_micros(micros + PG_EPOCH_MICROS))
    }
}

impl FromSql<Timestamp, AnyBackend> for Utc {
    fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Utc> {
        value.from_sql::<Utc, Timestamp>()
    }
}

impl<B: Backend> ToSql<Text, B> for Currency
where
    str: ToSql<Text, B>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, B>) -> serialize::Result {
        self.code().to_sql(out)
    }
}

impl<B: Backend> FromSql<Text, B> for Currency
where
    String: FromSql<Text, B>,
{
    fn from_sql(value: B::RawValue<'_>) -> deserialize::Result<Currency> {
        Ok(Currency::try_from(String::from_sql(value)?)?)
    }
}

/// Stores a type as text by `to_stored` and `from_stored`, which never fails: newer versions may have written the row.
#[macro_export]
macro_rules! stored_as_text {
    ($name:ident) => {
        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>,
            ) -> diesel::serialize::Result {
                out.set_value(self.to_stored());
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                use diesel::serialize::ToSql;
                let stored = self.to_stored();
                ToSql::<diesel::sql_types::Text, diesel::pg::Pg>::to_sql(stored.as_str(), &mut out.reborrow())
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, $crate::db::AnyBackend> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, $crate::db::AnyBackend>,
            ) -> diesel::serialize::Result {
                out.set_value((diesel::sql_types::Text, self));
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl<B: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, B> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, B>,
        {
            fn from_sql(value: B::RawValue<'_>) -> diesel::deserialize::Result<$name> {
                Ok($name::from_stored(&String::from_sql(value)?))
            }
        }
    };
}

#[macro_export]
macro_rules! text_enum {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The text in the database and in forms.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)+
                }
            }

            /// The variant for a text of [`Self::as_str`].
            pub fn parse(text: &str) -> Option<$name> {
                match text {
                    $($text => Some($name::$variant),)+
                    _ => None,
                }
            }
        }

        impl<B: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, B> for $name
        where
            str: diesel::serialize::ToSql<diesel::sql_types::Text, B>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, B>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<B: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, B> for $name
        where
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, B>,
        {
            fn from_sql(value: B::RawValue<'_>) -> diesel::deserialize::Result<$name> {
                let text = String::from_sql(value)?;
                $name::parse(&text).ok_or_else(|| format!("unknown {}: {text}", stringify!($name)).into())
            }
        }
    };
}
