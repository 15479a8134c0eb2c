module roundtripper/bench

go 1.19
