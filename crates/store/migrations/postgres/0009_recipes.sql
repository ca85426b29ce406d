-- The texts of an import's recipes, as their author wrote them.

create table recipe_text (
    import_id bigint not null,
    version bigint not null,
    text text collate "C" not null,
    kept_at bigint not null,
    primary key (import_id, version)
);
