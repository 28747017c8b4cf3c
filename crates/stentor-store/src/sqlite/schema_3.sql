-- Schema 3: the whole API surface.

-- accounts and channels

-- endpoints

-- templates

-- media

-- messages and people
