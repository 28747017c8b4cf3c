//! Two names of one person: what was said under one holds under the other, too.

use stentor_core::id::{AccountId, RecipientKey};

use super::people::note_person;
use crate::rows::{Result, Rows};
use crate::tx::Tx;
use crate::{Alias, PersonNote};

/// Names one person may have, beside the one that is asked about; a number that had more users keeps the others apart.
const NAMES_MAX: usize = 16;

/// The other names of a person.
pub(crate) fn others(
    rows: &dyn Rows,
    account: AccountId,
    of: RecipientKey,
) -> Result<Vec<(RecipientKey, String)>> {
    rows.other_names(account, of, NAMES_MAX)
}

/// Notes that the two are one person. What each was known to have said, the other has said, too.
pub(crate) fn link(tx: &mut Tx<'_>, account: AccountId, alias: &Alias) -> Result<()> {
    let (user, number) = (alias.user.0, alias.number.0);
    if others(tx.rows, account, user)?.iter().any(|(other, _)| *other == number) {
        return Ok(());
    }
    tx.rows.put_alias(account, alias)?;
    let (of_user, of_number) = (tx.rows.consents(account, user)?, tx.rows.consents(account, number)?);
    for (to, address, history) in [(number, &alias.number.1, of_user), (user, &alias.user.1, of_number)] {
        for entry in history {
            let known = tx.rows.person(account, to)?.unwrap_or_default().consent;
            if known.after(&entry) != known {
                note_person(tx, account, to, &PersonNote::Said { entry, address: Some(address.clone()) })?;
            }
        }
    }
    Ok(())
}
