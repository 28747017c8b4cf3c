//! The templates of one account, by id and by name, each with its definition parsed once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::TemplateId;
use stentor_core::registry::Template;
use stentor_core::template::{Definition, TemplateStatus};
use stentor_core::time::Timestamp;

use crate::translate;

/// How long the name of a deleted template stays locked (facts/meta 4.2).
pub const NAME_LOCK: Duration = Duration::from_hours(30 * 24);

/// A template with its definition as the core compares it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The row.
    pub template: Arc<Template>,
    /// Its parsed components; empty when the stored text cannot be read any more.
    pub definition: Arc<Definition>,
}

impl Registered {
    fn new(template: Template) -> Self {
        let definition = translate::registered(&template).map_or_else(
            |_| Definition::new(&template.name, &template.language, template.category),
            |wire| translate::definition(&wire),
        );
        let definition = Definition { category: template.category, ..definition };
        Self { template: Arc::new(template), definition: Arc::new(definition) }
    }
}

/// One account's templates.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    by_id: BTreeMap<TemplateId, Registered>,
    by_name: HashMap<Arc<str>, Vec<TemplateId>>,
}

impl Shelf {
    pub(super) fn put(&mut self, template: Template) {
        let id = template.id;
        let ids = match self.by_name.get_mut(template.name.as_str()) {
            Some(ids) => ids,
            None => self.by_name.entry(template.name.as_str().into()).or_default(),
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
        // A touch (last use) leaves the definition as it was parsed.
        let registered = match self.by_id.get(&id) {
            Some(old)
                if old.template.components == template.components
                    && old.template.category == template.category
                    && old.template.parameter_format == template.parameter_format =>
            {
                Registered { definition: Arc::clone(&old.definition), template: Arc::new(template) }
            }
            _ => Registered::new(template),
        };
        self.by_id.insert(id, registered);
    }

    pub(super) fn forget(&mut self, id: TemplateId) {
        let Some(registered) = self.by_id.remove(&id) else { return };
        if let Some(ids) = self.by_name.get_mut(registered.template.name.as_str()) {
            ids.retain(|other| *other != id);
        }
    }

    pub(super) fn get(&self, id: TemplateId) -> Option<&Registered> {
        self.by_id.get(&id)
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Registered> {
        self.by_id.values()
    }

    /// Every template of that name, deleted ones included.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Registered> {
        self.by_name.get(name).into_iter().flatten().filter_map(|id| self.by_id.get(id))
    }
}

/// The ids of an iterator's templates.
pub fn ids_of<'a>(templates: impl Iterator<Item = &'a Registered>) -> Vec<TemplateId> {
    templates.map(|registered| registered.template.id).collect()
}

/// Whether the name is locked for this language at `now` by a template deleted less than 30 days ago.
pub(super) fn locks(template: &Template, language: &str, now: Timestamp) -> bool {
    // What was never approved leaves its name free; what an upstream deleted is the upstream's to lock.
    let is_ours = template.status != TemplateStatus::Deleted;
    let counts = template.language == language && template.approved_at.is_some() && is_ours;
    counts && template.deleted_at.is_some_and(|at| now < at + NAME_LOCK)
}
