-- What earlier versions made and no reader finds any more. This file alone runs before the tables change. A function
-- whose result changes is first moved by a migration (ALTER FUNCTION ... SET SCHEMA recsys, RENAME), so that a call
-- that found it before still ends well, and is dropped here by the version after.
DROP FUNCTION IF EXISTS
    recsys.recommend_1(text, int),
    recsys.recommend_2(text, int),
    recsys.recommend_2(text, int, text),
    recsys.recommend_list_2(text, text),
    recsys.explain_list_2(text),
    recsys.other_list(text, text),
    recsys.fall_back(text);
