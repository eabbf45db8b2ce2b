-- History is append-only. Triggers have no common syntax: this file is SQLite's.

create trigger history_no_update before update on history
begin
    select raise(abort, 'history is append-only');
end;

create trigger history_no_delete before delete on history
begin
    select raise(abort, 'history is append-only');
end;
