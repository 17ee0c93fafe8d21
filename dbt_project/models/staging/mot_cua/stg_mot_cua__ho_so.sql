{{ config(materialized='ephemeral') }}
-- Grain: one row per dossier and extract; without converted legacy rows (DS10) and re-sent copies (DS02a).
select * from {{ ref('base_mot_cua__ho_so') }}
where not la_chuyen_doi and not la_ban_lap
