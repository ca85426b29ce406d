-- The texts of an import's recipes, as their author wrote them.

create table recipe_text (
    import_id integer not null,
    version integer not null,
    text text not null,
    kept_at integer not null,
    primary key (import_id, version)
) strict, without rowid;
