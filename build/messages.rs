//! Compiles the message catalogue, `locales/LANGUAGE/*.ftl` (Fluent), to Rust: one method of `Locale` for each message,
//! one variant of `Message` for each message of `errors.ftl` and `notices.ftl`, and one function for each file of
//! `lookup/`. A message that one language lacks, or with other arguments, fails the build. `docs/TRANSLATING.md` has the
//! rules for authors.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};
use fluent_syntax::parser;

/// The languages, English first because it is the source: folder and variant of `Locale`.
const LOCALES: &[(&str, &str)] = &[("en", "En"), ("de", "De")];

/// Files whose messages are kept as values before their reader's language is known.
const VALUE_FILES: &[&str] = &["errors", "notices"];

const PLURAL_CATEGORIES: &[(&str, &str)] =
    &[("zero", "Zero"), ("one", "One"), ("two", "Two"), ("few", "Few"), ("many", "Many"), ("other", "Other")];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Text,
    Number,
    Money,
    /// Money as a form has it: without a symbol.
    Amount,
    Choice,
    /// The code of a country, shown by its name.
    Country,
    /// Another message, in messages that are kept as values.
    Message,
}

/// An argument: its name, and what it is used as.
type Arguments = Vec<(String, Kind)>;

/// One message in all languages, in the order of [`LOCALES`].
struct Translated {
    id: String,
    arguments: Arguments,
    patterns: Vec<Pattern<String>>,
}

impl Translated {
    fn is_html(&self) -> bool {
        self.id.ends_with("-html")
    }

    fn kind(&self, name: &str) -> Kind {
        self.arguments.iter().find(|(known, _)| known == name).map_or(Kind::Text, |(_, kind)| *kind)
    }
}

/// Writes `messages.rs` to the folder `out`.
pub fn compile(out: &Path) -> Result<()> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build");
    let mut methods = String::new();
    let mut values = Vec::new();
    for (name, messages) in read_all("")? {
        for message in messages {
            if VALUE_FILES.contains(&name.as_str()) {
                values.push(message);
                continue;
            }
            if message.id != name && !message.id.starts_with(&format!("{name}-")) {
                return Err(format!("{name}.ftl: the id {} does not begin with {name}-", message.id).into());
            }
            write_method(&mut methods, &message)?;
        }
    }
    for (name, messages) in read_all("lookup")? {
        write_lookup(&mut methods, &name, &messages)?;
    }
    let text = format!("impl Locale {{\n{methods}}}\n\n{}", value_enum(&values)?);
    fs::write(out.join("messages.rs"), text)?;
    Ok(())
}

/// All files of a folder below each language: name without ending, and its messages in the order of the English file.
fn read_all(folder: &str) -> Result<Vec<(String, Vec<Translated>)>> {
    let mut languages = Vec::new();
    for (language, _) in LOCALES {
        languages.push(read_folder(&Path::new("locales").join(language).join(folder))?);
    }
    let (english, others) = languages.split_first().ok_or("no languages")?;
    for (other, (language, _)) in others.iter().zip(LOCALES.iter().skip(1)) {
        if let Some(name) = other.keys().find(|name| !english.contains_key(*name)) {
            return Err(format!("locales/{language}/{folder}/{name}.ftl has no English file").into());
        }
    }
    let mut files = Vec::new();
    for (name, source) in english {
        let mut messages = Vec::new();
        for (id, pattern) in source {
            let mut patterns = vec![pattern.clone()];
            for (other, (language, _)) in others.iter().zip(LOCALES.iter().skip(1)) {
                let found = other.get(name).and_then(|file| file.iter().find(|(known, _)| known == id));
                let (_, pattern) = found.ok_or(format!("locales/{language}/{folder}/{name}.ftl lacks {id}"))?;
                patterns.push(pattern.clone());
            }
            messages.push(translated(name, id, patterns)?);
        }
        for (other, (language, _)) in others.iter().zip(LOCALES.iter().skip(1)) {
            for (id, _) in other.get(name).into_iter().flatten() {
                if !source.iter().any(|(known, _)| known == id) {
                    return Err(format!("locales/{language}/{folder}/{name}.ftl: {id} is not in English").into());
                }
            }
        }
        files.push((name.clone(), messages));
    }
    Ok(files)
}

fn translated(file: &str, id: &str, patterns: Vec<Pattern<String>>) -> Result<Translated> {
    let mut arguments = Arguments::new();
    for pattern in &patterns {
        collect_arguments(pattern, &mut arguments).map_err(|cause| format!("{file}.ftl: {id}: {cause}"))?;
    }
    let mut sets = patterns.iter().map(|pattern| {
        let mut own = Arguments::new();
        let names = collect_arguments(pattern, &mut own).map(|()| own);
        names.map(|own| own.into_iter().map(|(name, _)| name).collect::<std::collections::BTreeSet<_>>())
    });
    let source = sets.next().ok_or("no languages")??;
    for other in sets {
        if other? != source {
            return Err(format!("{file}.ftl: {id} has other arguments in another language").into());
        }
    }
    Ok(Translated { id: id.to_owned(), arguments, patterns })
}

type File = Vec<(String, Pattern<String>)>;

fn read_folder(folder: &Path) -> Result<BTreeMap<String, File>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "ftl") {
            continue;
        }
        let shown = path.display().to_string();
        let resource = parser::parse(fs::read_to_string(&path)?)
            .map_err(|(_, errors)| format!("{shown}: {}", errors.first().map_or(String::new(), ToString::to_string)))?;
        let mut messages: File = Vec::new();
        for entry in resource.body {
            match entry {
                Entry::Message(message) if message.attributes.is_empty() => {
                    let id = message.id.name;
                    let pattern = message.value.ok_or(format!("{shown}: {id} is empty"))?;
                    if messages.iter().any(|(known, _)| *known == id) {
                        return Err(format!("{shown}: {id} is there twice").into());
                    }
                    messages.push((id, pattern));
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                _ => return Err(format!("{shown}: only messages without attributes are supported").into()),
            }
        }
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a file name that is not Unicode")?;
        files.insert(name.to_owned(), messages);
    }
    Ok(files)
}

// ── arguments ──

fn collect_arguments(pattern: &Pattern<String>, into: &mut Arguments) -> std::result::Result<(), String> {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => {
                if let Some((name, kind)) = argument(inline)? {
                    note(into, name, kind)?;
                }
            }
            Expression::Select { selector, variants } => {
                let (name, _) = argument(selector)?.ok_or("a selector must be an argument")?;
                let kind = if is_plural(variants) { Kind::Number } else { Kind::Choice };
                note(into, name, kind)?;
                for variant in variants {
                    collect_arguments(&variant.value, into)?;
                }
            }
        }
    }
    Ok(())
}

fn is_plural(variants: &[Variant<String>]) -> bool {
    variants.iter().any(|variant| match &variant.key {
        VariantKey::NumberLiteral { .. } => true,
        VariantKey::Identifier { name } => {
            name != "other" && PLURAL_CATEGORIES.iter().any(|(category, _)| category == name)
        }
    })
}

/// The argument that an expression names; none for a literal.
fn argument(inline: &InlineExpression<String>) -> std::result::Result<Option<(&str, Kind)>, String> {
    match inline {
        InlineExpression::VariableReference { id } => Ok(Some((&id.name, Kind::Text))),
        InlineExpression::FunctionReference { id, arguments } => {
            let kind = match id.name.as_str() {
                "NUMBER" => Kind::Number,
                "MONEY" => Kind::Money,
                "AMOUNT" => Kind::Amount,
                "COUNTRY" => Kind::Country,
                "MESSAGE" => Kind::Message,
                other => {
                    let known = "NUMBER, MONEY, AMOUNT, COUNTRY and MESSAGE";
                    return Err(format!("{other} is no function; there are {known}"));
                }
            };
            match arguments.positional.as_slice() {
                [InlineExpression::VariableReference { id }] => Ok(Some((&id.name, kind))),
                _ => Err("a function takes one argument".to_owned()),
            }
        }
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => Ok(None),
        _ => Err("references to other messages and terms are not supported".to_owned()),
    }
}

fn note(into: &mut Arguments, name: &str, kind: Kind) -> std::result::Result<(), String> {
    match into.iter_mut().find(|(known, _)| known == name) {
        None => into.push((name.to_owned(), kind)),
        Some((_, known)) if *known == kind || kind == Kind::Text => {}
        Some((_, known)) if *known == Kind::Text => *known = kind,
        Some((_, known)) => return Err(format!("${name} is used as {known:?} and as {kind:?}")),
    }
    Ok(())
}

// ── code ──

fn write_method(out: &mut String, message: &Translated) -> Result<()> {
    let name = identifier(&message.id);
    if message.arguments.is_empty() && !message.is_html() {
        writeln!(out, "    #[must_use]\n    pub(crate) fn {name}(self) -> &'static str {{\n        match self {{")?;
        for Arm { attribute, locale, pattern } in arms(message) {
            writeln!(out, "            {attribute}{locale} => {:?},", literal(pattern)?)?;
        }
        return Ok(writeln!(out, "        }}\n    }}")?);
    }
    let html = message.is_html();
    let mut parameters = String::new();
    for (argument, kind) in &message.arguments {
        let kind = match kind {
            Kind::Text if html => "impl ToHtml",
            Kind::Text => "impl ToText",
            Kind::Number => "impl ToNumber",
            Kind::Money | Kind::Amount => "Money",
            Kind::Choice | Kind::Country => "&str",
            Kind::Message => return Err(format!("{}: MESSAGE is for errors.ftl and notices.ftl", message.id).into()),
        };
        write!(parameters, ", {}: {kind}", identifier(argument))?;
    }
    let result = if html { "Html" } else { "String" };
    writeln!(out, "    #[must_use]\n    pub(crate) fn {name}(self{parameters}) -> {result} {{")?;
    for (argument, kind) in &message.arguments {
        if *kind == Kind::Number {
            let argument = identifier(argument);
            writeln!(out, "        let {argument} = {argument}.to_number();")?;
        }
    }
    writeln!(out, "        let mut text = String::new();\n        match self {{")?;
    for Arm { attribute, locale, pattern } in arms(message) {
        writeln!(out, "            {attribute}{locale} => {{")?;
        let writer = Writer { message, locale: "self", by_reference: false, html };
        writer.write_pattern(out, pattern)?;
        writeln!(out, "            }}")?;
    }
    let end = if html { "Html::from_safe(text)" } else { "text" };
    Ok(writeln!(out, "        }}\n        {end}\n    }}")?)
}

/// A function from the ids of a file to their texts.
fn write_lookup(out: &mut String, name: &str, messages: &[Translated]) -> Result<()> {
    let name = identifier(name);
    writeln!(out, "    #[must_use]\n    pub(crate) fn {name}(self, id: &str) -> Option<&'static str> {{")?;
    writeln!(out, "        match (self, id) {{")?;
    for message in messages {
        for Arm { attribute, locale, pattern } in arms(message) {
            writeln!(out, "            {attribute}({locale}, {:?}) => Some({:?}),", message.id, literal(pattern)?)?;
        }
    }
    Ok(writeln!(out, "            _ => None,\n        }}\n    }}")?)
}

fn value_enum(messages: &[Translated]) -> Result<String> {
    let mut out = String::new();
    writeln!(out, "/// A message for a person, kept as data until the language of its reader is known.")?;
    writeln!(out, "#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]")?;
    writeln!(out, "#[allow(missing_docs, reason = \"the texts are in locales/en\")]")?;
    writeln!(out, "pub enum Message {{")?;
    let (mut texts, mut ids) = (String::new(), Vec::new());
    for message in messages {
        let variant = camel(&message.id);
        if ids.contains(&variant) {
            return Err(format!("the message {} is there twice", message.id).into());
        }
        let fields: Vec<String> = message
            .arguments
            .iter()
            .map(|(name, kind)| {
                let kind = match kind {
                    Kind::Text | Kind::Choice | Kind::Country => "String",
                    Kind::Number => "i64",
                    Kind::Money | Kind::Amount => "Money",
                    Kind::Message => "Box<Message>",
                };
                format!("{}: {kind}", identifier(name))
            })
            .collect();
        let names: Vec<String> = message.arguments.iter().map(|(name, _)| identifier(name)).collect();
        let (declared, bound) = if fields.is_empty() {
            (String::new(), String::new())
        } else {
            (format!(" {{ {} }}", fields.join(", ")), format!(" {{ {} }}", names.join(", ")))
        };
        writeln!(out, "    {variant}{declared},")?;
        for Arm { attribute, locale, pattern } in arms(message) {
            writeln!(texts, "            {attribute}(Message::{variant}{bound}, {locale}) => {{")?;
            let writer = Writer { message, locale: "locale", by_reference: true, html: false };
            writer.write_pattern(&mut texts, pattern)?;
            writeln!(texts, "            }}")?;
        }
        ids.push(variant);
    }
    writeln!(out, "}}\n\nimpl Message {{\n    /// The text in a language.\n    #[must_use]")?;
    writeln!(out, "    pub fn text(&self, locale: Locale) -> String {{\n        let mut text = String::new();")?;
    writeln!(out, "        match (self, locale) {{\n{texts}        }}\n        text\n    }}\n}}")?;
    Ok(out)
}

/// One arm of a `match` over the languages.
struct Arm {
    attribute: &'static str,
    locale: String,
    pattern: Pattern<String>,
}

/// One arm for each language, and in debug builds the pseudo-locale: English with accented letters, in brackets.
fn arms(message: &Translated) -> Vec<Arm> {
    let languages = LOCALES.iter().zip(&message.patterns);
    let mut arms: Vec<Arm> = languages
        .map(|((_, variant), pattern)| Arm {
            attribute: "",
            locale: format!("Locale::{variant}"),
            pattern: pattern.clone(),
        })
        .collect();
    if let Some(english) = message.patterns.first() {
        let mut pattern = english.clone();
        accent(&mut pattern, message.is_html(), &mut false);
        let bracket = |value: &str| PatternElement::TextElement { value: value.to_owned() };
        pattern.elements.insert(0, bracket("⟦"));
        pattern.elements.push(bracket("⟧"));
        let locale = "Locale::Pseudo".to_owned();
        arms.push(Arm { attribute: "#[cfg(debug_assertions)] ", locale, pattern });
    }
    arms
}

/// Replaces ASCII letters by accented ones, but not inside the tags and entities of HTML.
fn accent(pattern: &mut Pattern<String>, html: bool, inside_tag: &mut bool) {
    for element in &mut pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                *value = value
                    .chars()
                    .map(|letter| {
                        match letter {
                            '<' | '&' if html => *inside_tag = true,
                            '>' | ';' if html && *inside_tag => *inside_tag = false,
                            _ => {}
                        }
                        if *inside_tag { letter } else { accented(letter) }
                    })
                    .collect();
            }
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                for variant in variants {
                    accent(&mut variant.value, html, inside_tag);
                }
            }
            PatternElement::Placeable { .. } => {}
        }
    }
}

fn accented(letter: char) -> char {
    const PLAIN: &str = "aceiknorsuyzACEIKNORSUYZ";
    const ACCENTED: &str = "åçéîķñöŕšûýžÅÇÉÎĶÑÖŔŠÛÝŽ";
    let at = PLAIN.chars().position(|plain| plain == letter);
    at.and_then(|at| ACCENTED.chars().nth(at)).unwrap_or(letter)
}

/// How the code of one message is written.
struct Writer<'a> {
    message: &'a Translated,
    /// The expression of the `Locale`.
    locale: &'a str,
    /// Arguments are fields of a matched reference.
    by_reference: bool,
    html: bool,
}

impl Writer<'_> {
    fn write_pattern(&self, out: &mut String, pattern: Pattern<String>) -> Result<()> {
        for element in pattern.elements {
            match element {
                PatternElement::TextElement { value } => write_text(out, &value)?,
                PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                    self.write_inline(out, &inline)?;
                }
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    self.write_select(out, &selector, variants)?;
                }
            }
        }
        Ok(())
    }

    fn write_inline(&self, out: &mut String, inline: &InlineExpression<String>) -> Result<()> {
        let locale = self.locale;
        let Some((name, _)) = argument(inline)? else {
            let (InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value }) = inline else {
                return Err("not a literal".into());
            };
            return write_text(out, value);
        };
        let argument = identifier(name);
        let copied = if self.by_reference { format!("*{argument}") } else { argument.clone() };
        match self.message.kind(name) {
            Kind::Number => writeln!(out, "{locale}.push_number(&mut text, {copied});")?,
            Kind::Money => writeln!(out, "text.push_str(&{argument}.format({locale}));")?,
            Kind::Amount => writeln!(out, "text.push_str(&{argument}.format_input({locale}));")?,
            Kind::Country => writeln!(out, "text.push_str({locale}.country({argument}).unwrap_or({argument}));")?,
            Kind::Message => writeln!(out, "text.push_str(&{argument}.text({locale}));")?,
            Kind::Text if self.html => writeln!(out, "{argument}.push_html(&mut text);")?,
            Kind::Text | Kind::Choice => writeln!(out, "push_display(&mut text, &{argument});")?,
        }
        Ok(())
    }

    fn write_select(
        &self,
        out: &mut String,
        selector: &InlineExpression<String>,
        variants: Vec<Variant<String>>,
    ) -> Result<()> {
        let (name, _) = argument(selector)?.ok_or("a selector must be an argument")?;
        let argument = identifier(name);
        let copied = if self.by_reference { format!("*{argument}") } else { argument.clone() };
        let is_number = self.message.kind(name) == Kind::Number;
        if is_number {
            writeln!(out, "match ({copied}, {}.plural_category({copied})) {{", self.locale)?;
        } else if self.by_reference {
            writeln!(out, "match {argument}.as_str() {{")?;
        } else {
            writeln!(out, "match {argument} {{")?;
        }
        let mut fallback = None;
        for variant in variants {
            if variant.default {
                fallback = Some(variant.value);
                continue;
            }
            match (variant.key, is_number) {
                (VariantKey::NumberLiteral { value }, true) => writeln!(out, "({value}, _) => {{")?,
                (VariantKey::Identifier { name }, true) => {
                    let found = PLURAL_CATEGORIES.iter().find(|(category, _)| *category == name);
                    let (_, category) = found.ok_or(format!("{name} is no plural category"))?;
                    writeln!(out, "(_, PluralCategory::{category}) => {{")?;
                }
                (VariantKey::Identifier { name }, false) => writeln!(out, "{name:?} => {{")?,
                (VariantKey::NumberLiteral { .. }, false) => return Err("a number is no choice".into()),
            }
            self.write_pattern(out, variant.value)?;
            writeln!(out, "}}")?;
        }
        writeln!(out, "_ => {{")?;
        self.write_pattern(out, fallback.ok_or("a selector needs a default")?)?;
        Ok(writeln!(out, "}}\n}}")?)
    }
}

/// Code that appends a constant text.
fn write_text(out: &mut String, text: &str) -> Result<()> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => writeln!(out, "text.push({letter:?});")?,
        _ => writeln!(out, "text.push_str({text:?});")?,
    }
    Ok(())
}

/// The text of a pattern without arguments.
fn literal(pattern: Pattern<String>) -> Result<String> {
    let mut text = String::new();
    for element in pattern.elements {
        match element {
            PatternElement::TextElement { value }
            | PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) } => {
                text.push_str(&value)
            }
            PatternElement::Placeable { .. } => return Err("a lookup has no arguments".into()),
        }
    }
    Ok(text)
}

fn identifier(id: &str) -> String {
    id.replace('-', "_")
}

fn camel(id: &str) -> String {
    id.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}
