//! The edits an operator can ask for, each from what an item is to what it is to be.

use paymux_engine::problem::{CONFIG_REFUSED, FieldError, Problem};
use toml::Table;

use crate::api::reply;
use crate::manage::{self, ListName, Lost, Made, Makers, complete, is_named, keep};

/// Done again where another node was first, so it keeps nothing of a former try.
pub(super) type Edit = Box<
    dyn Fn(Option<&Table>, &Makers<'_>, &mut Vec<Made>) -> Result<Option<Table>, Problem>
        + Send
        + Sync,
>;

pub(super) fn replace(table: Table, is_merchant: bool) -> Edit {
    Box::new(move |old, make, made| {
        let mut new = table.clone();
        keep(&mut new, old).map_err(lost)?;
        if is_merchant {
            made.extend(complete(&mut new, make));
        }
        Ok(Some(new))
    })
}

pub(super) fn remove() -> Edit {
    Box::new(|old, _, _| old.map(|_| None).ok_or_else(|| reply::unknown("item in the store")))
}

pub(super) fn put(list: ListName, name: String, element: Table) -> Edit {
    Box::new(move |old, make, made| {
        let mut new = merchant(old)?;
        manage::put(&mut new, list, &name, element.clone());
        keep(&mut new, old).map_err(lost)?;
        made.extend(complete(&mut new, make));
        Ok(Some(new))
    })
}

pub(super) fn forget(list: &'static str, name: String) -> Edit {
    Box::new(move |old, _, _| {
        let mut new = merchant(old)?;
        let found = manage::forget(&mut new, list, |it| is_named(it, &name));
        if found { Ok(Some(new)) } else { Err(reply::unknown(list.trim_end_matches('s'))) }
    })
}

pub(super) fn add_api_key() -> Edit {
    Box::new(|old, make, made| {
        let mut new = merchant(old)?;
        made.push(manage::add_api_key(&mut new, make));
        Ok(Some(new))
    })
}

pub(super) fn rotate(endpoint: String) -> Edit {
    Box::new(move |old, make, made| {
        let mut new = merchant(old)?;
        let rotated = manage::rotate(&mut new, &endpoint, make);
        made.push(rotated.ok_or_else(|| reply::unknown("endpoint"))?);
        Ok(Some(new))
    })
}

fn merchant(old: Option<&Table>) -> Result<Table, Problem> {
    old.cloned().ok_or_else(|| reply::unknown("merchant in the store"))
}

fn lost(lost: Lost) -> Problem {
    let pointer = format!("/{}", lost.path().replace('.', "/"));
    match lost {
        Lost::NotThere(_) => Problem::field(&pointer, lost.to_string()),
        Lost::Led { .. } => {
            let errors = vec![FieldError { pointer, reason: lost.to_string() }];
            Problem { errors, ..Problem::new(CONFIG_REFUSED, "see errors") }
        }
    }
}
