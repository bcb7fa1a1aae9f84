//! The files a host's vocabulary comes in: list, CSV, JSON, SKOS → terms.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::host::{Term, wrong};
use crate::Result;

/// Terms, and of each what it says of its parents: ids or names, yet to be looked up.
#[derive(Default)]
struct Reading {
    terms: Vec<Term>,
    parents: Vec<Vec<String>>,
}

/// Whichever of the four it is.
pub(super) fn parse(text: &str, language: &str) -> Result<Vec<Term>> {
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        Some('[' | '{') => {
            let json = serde_json::from_str(text).map_err(|e| wrong(format!("it begins like JSON, but {e}")))?;
            read_json(&json, language)
        }
        _ => match separator(text) {
            Some(separator) => read_csv(text, separator),
            None => Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(named).collect()),
        },
    }
}

fn named(name: &str) -> Term {
    Term { id: name.to_owned(), name: name.to_owned(), ..Term::default() }
}

impl Reading {
    fn push(&mut self, term: Term, parents: Vec<String>) -> usize {
        self.terms.push(term);
        self.parents.push(parents);
        self.terms.len() - 1
    }

    /// Looks the parents up, by id and else by name; `strict` refuses those that are not there.
    fn finish(mut self, strict: bool) -> Result<Vec<Term>> {
        let ids = self.terms.iter().map(|term| &term.id).enumerate();
        let names = self.terms.iter().map(|term| &term.name).enumerate();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (at, word) in ids.chain(names) {
            places.entry(word).or_insert(at);
        }
        let mut found = vec![];
        for (at, names) in self.parents.iter().enumerate() {
            for name in names {
                match places.get(name.as_str()) {
                    Some(&parent) if parent != at => found.push((at, parent)),
                    None if strict => return Err(wrong(format!("{name}, above {}, is no term", self.terms[at].name))),
                    _ => {}
                }
            }
        }
        for (at, parent) in found {
            let parents = &mut self.terms[at].parents;
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        Ok(self.terms)
    }
}

/// What separates the columns, if the first line is a header with a column `name`.
fn separator(text: &str) -> Option<char> {
    let header = text.lines().next()?;
    let is_header = |separator: &char| {
        header.contains(*separator) && header.split(*separator).any(|name| column(name.trim_matches('"')) == "name")
    };
    [',', ';', '\t'].into_iter().find(is_header)
}

fn column(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn read_csv(text: &str, separator: char) -> Result<Vec<Term>> {
    let mut records = records(text, separator)?.into_iter();
    let header: Vec<String> = records.next().unwrap_or_default().iter().map(|name| column(name)).collect();
    let place = |name: &str| header.iter().position(|column| column == name);
    let (id, name, synonyms, parent) = (place("id"), place("name"), place("synonyms"), place("parent"));
    let mut reading = Reading::default();
    for record in records {
        let field = |place: Option<usize>| place.and_then(|at| record.get(at)).map_or("", |field| field.trim());
        let list = |fields: &str| -> Vec<String> {
            fields.split('|').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let mut term = named(field(name));
        if !field(id).is_empty() {
            field(id).clone_into(&mut term.id);
        }
        term.synonyms = list(field(synonyms));
        reading.push(term, list(field(parent)));
    }
    reading.finish(true)
}

/// The records of a CSV file (RFC 4180): fields in quotes may hold separators, line breaks and doubled quotes.
fn records(text: &str, separator: char) -> Result<Vec<Vec<String>>> {
    let (mut records, mut record, mut field) = (vec![], vec![], String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            _ if quoted => field.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            _ if letter == separator => record.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    if quoted {
        return Err(wrong("a quote is opened and never closed"));
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push(record);
    }
    Ok(records)
}

fn read_json(json: &Value, language: &str) -> Result<Vec<Term>> {
    let mut reading = Reading::default();
    let nodes = match json {
        Value::Object(object) => object.get("@graph").map_or(std::slice::from_ref(json), list),
        _ => list(json),
    };
    if nodes.iter().any(|node| skos(node, "prefLabel").is_some()) {
        read_skos(nodes, language, &mut reading);
        return reading.finish(false);
    }
    for node in nodes {
        read_branch(node, None, &mut reading)?;
    }
    reading.finish(true)
}

/// A value as the list that it is or that holds it alone.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn read_branch(node: &Value, parent: Option<usize>, reading: &mut Reading) -> Result<()> {
    let text = |name: &str| node.get(name).and_then(Value::as_str);
    let name = node.as_str().or_else(|| text("name")).ok_or_else(|| wrong("a node of the tree has no name"))?;
    let mut term = named(name.trim());
    if let Some(id) = text("id") {
        id.clone_into(&mut term.id);
    }
    let words = node.get("synonyms").map_or(&[][..], list);
    term.synonyms = words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    term.parents = parent.into_iter().collect();
    let at = reading.push(term, vec![]);
    node.get("children").map_or(&[][..], list).iter().try_for_each(|child| read_branch(child, Some(at), reading))
}

/// A property of SKOS, by whichever of its names.
fn skos<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    let node: &Map<String, Value> = node.as_object()?;
    let names = [name.to_owned(), format!("skos:{name}"), format!("http://www.w3.org/2004/02/skos/core#{name}")];
    names.iter().find_map(|name| node.get(name))
}

fn read_skos(nodes: &[Value], language: &str, reading: &mut Reading) {
    let id = |node: &Value| {
        let id = node.as_str().or_else(|| node.get("@id").or_else(|| node.get("id")).and_then(Value::as_str));
        id.map(str::to_owned)
    };
    let ids = |node: &Value, name: &str| -> Vec<String> {
        skos(node, name).map_or(&[][..], list).iter().filter_map(id).collect()
    };
    let mut narrower: HashMap<String, Vec<String>> = HashMap::new();
    for (node, broader) in nodes.iter().filter_map(|node| Some((node, id(node)?))) {
        for child in ids(node, "narrower") {
            narrower.entry(child).or_default().push(broader.clone());
        }
    }
    for node in nodes {
        let mut names = labels(skos(node, "prefLabel"), language).into_iter();
        let Some(name) = names.next() else { continue };
        let mut term = named(&name);
        let mut parents = ids(node, "broader");
        if let Some(id) = id(node) {
            parents.extend(narrower.remove(&id).unwrap_or_default());
            term.id = id;
        }
        term.synonyms = names.collect();
        for other in ["altLabel", "hiddenLabel"] {
            term.synonyms.extend(labels(skos(node, other), language));
        }
        reading.push(term, parents);
    }
}

/// Labels in a language, then those in none; if there are neither, the first there is. Words of other languages mislead: German "Gift"
/// is poison.
fn labels(value: Option<&Value>, language: &str) -> Vec<String> {
    let mut all: Vec<(String, String)> = vec![];
    let mut take = |language: &str, label: &Value| {
        if let Some(label) = label.as_str().map(str::trim).filter(|label| !label.is_empty()) {
            all.push((language.to_ascii_lowercase(), label.to_owned()));
        }
    };
    for value in value.map_or(&[][..], list) {
        match value {
            Value::Object(object) => match object.get("@value") {
                Some(label) => take(object.get("@language").and_then(Value::as_str).unwrap_or_default(), label),
                None => {
                    for (language, labels) in object {
                        list(labels).iter().for_each(|label| take(language, label));
                    }
                }
            },
            label => take("", label),
        }
    }
    let base = |language: &str| language.split('-').next().unwrap_or_default().to_owned();
    let wanted = base(&language.to_ascii_lowercase());
    let of = |sought: &str| -> Vec<String> {
        all.iter().filter(|(language, _)| base(language) == sought).map(|(_, label)| label.clone()).collect()
    };
    let mut found = of(&wanted);
    if !wanted.is_empty() {
        found.extend(of(""));
    }
    if found.is_empty() {
        found.extend(all.first().map(|(_, label)| label.clone()));
    }
    found
}
