//! Name and language of an account.

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::ProfileForm;
use crate::http::{AccountRequest, Context, Form, Reply, SignedIn};
use crate::paths;
use crate::support::i18n::{Locale, Message};
use crate::views::SelectOption;
use crate::views::account::profiles::Edit;

pub async fn edit(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|_, cx| {
            let account = &cx.require_member()?.account;
            let form = Fields::from_pairs([("name", account.name.clone()), ("locale", account.locale.clone())]);
            build_page(cx, form)
        })
        .await
}

pub async fn update(signed_in: SignedIn, form: Form) -> Result<Reply> {
    let (token, mut typed, account) = (form.token.clone(), form.fields.clone(), signed_in.member.account.clone());
    let (name, locale) = match form.check::<ProfileForm>() {
        Ok(data) => data,
        Err(fields) => return render_form(&signed_in, fields).await,
    };
    let saved = signed_in.write_once(&token, move |tx| {
        account.update_profile(tx, &name, &locale)?;
        Ok(Reply::redirect(paths::account::profile()).notice(Message::ProfileSaved))
    });
    match saved.await {
        Err(Error::AlreadySubmitted) => {
            typed.add_error("", Message::AlreadySubmitted);
            render_form(&signed_in, typed).await
        }
        reply => reply,
    }
}

async fn render_form(signed_in: &SignedIn, form: Fields) -> Result<Reply> {
    Ok(signed_in.render_page(move |_, cx| build_page(cx, form)).await?.unprocessable())
}

fn build_page(cx: &Context, form: Fields) -> Result<Edit> {
    let t = cx.locale();
    let own = Locale::OFFERED.iter().map(|locale| SelectOption::new(locale.code(), locale.own_name()));
    let locales = std::iter::once(SelectOption::new("", t.account_page_language_of_site())).chain(own).collect();
    Ok(Edit { t, form, email: cx.require_member()?.account.email.clone(), locales })
}
